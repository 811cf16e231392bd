using System.Collections.Frozen;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>What a refusal says about the money.</summary>
internal enum PayPalErrorKind
{
    /// <summary>Nothing moved and nothing will.</summary>
    Declined = 1,

    /// <summary>Our account or app may not: nothing moved, and an operator has to look.</summary>
    OurAccount = 2,

    /// <summary>An earlier request is being worked on, or has been carried out: money may have moved.</summary>
    Ambiguous = 3,
}

/// <param name="Name">PayPal's class of the error.</param>
/// <param name="Issue">The first detail's issue, or the name when there is none that is a code: Payouts has a sentence there.</param>
internal sealed record PayPalError(string Name, string Issue, string Message)
{
    private static readonly FrozenSet<string> OurAccount =
        FrozenSet.ToFrozenSet([
            "PERMISSION_DENIED", "NOT_AUTHORIZED", "PERMISSION_NOT_GRANTED", "PAYEE_ACCOUNT_RESTRICTED", "PAYEE_ACCOUNT_LOCKED_OR_CLOSED",
            "AUTH_CAPTURE_NOT_ENABLED", "REQUIRED_SCOPE_MISSING", "SENDER_ACCOUNT_UNVERIFIED", "SENDER_EMAIL_UNCONFIRMED", "SENDER_RESTRICTED",
            "AUTHORIZATION_ERROR",
        ]);

    private static readonly FrozenSet<string> Ambiguous =
        FrozenSet.ToFrozenSet(["ORDER_COMPLETION_IN_PROGRESS", "PREVIOUS_REQUEST_IN_PROGRESS", "DUPLICATE_INVOICE_ID"]);

    public PayPalErrorKind Kind => OurAccount.Contains(Issue) ? PayPalErrorKind.OurAccount
        : MayBeDuplicate || Ambiguous.Contains(Issue) ? PayPalErrorKind.Ambiguous
        : PayPalErrorKind.Declined;

    /// <summary>For payouts: where the batch is that this one repeats.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>For payouts: it may be a batch that was taken before, and does not say which. Never taken for a refusal of the payout itself.</summary>
    public bool MayBeDuplicate { get; init; }
}

/// <summary>Reads PayPal's error object. Decisions are made by its issue, never by its text.</summary>
internal static class PayPalErrors
{
    private const int MessageLengthMax = 500;
    private const string BusinessError = "USER_BUSINESS_ERROR";

    /// <summary>The field that a refusal of a repeated batch names.</summary>
    private const string BatchField = "SENDER_BATCH_ID";

    /// <returns>Null when the body is not PayPal's: then somebody else answered, or half of it is missing.</returns>
    public static PayPalError? Read(ProviderAttempt attempt)
    {
        if (attempt.Delivery != Delivery.Answered || !attempt.BodyIsWhole || !ProviderJson.TryParse(attempt.Body, out JsonDocument? document))
        {
            return null;
        }

        using (document)
        {
            JsonElement root = document.RootElement;
            if (root.Text("name") is not { Length: > 0 } name)
            {
                return null;
            }

            JsonElement detail = root.Objects("details").FirstOrDefault();
            string message = detail.Text("description") ?? root.Text("message") ?? string.Empty;
            string issue = detail.Text("issue") is { } told && IsCode(told) ? told : name;
            return new PayPalError(name, issue, message.Length <= MessageLengthMax ? message : message[..MessageLengthMax])
            {
                DuplicateOf = name == BusinessError ? BatchIn(root) : null,
                MayBeDuplicate = issue == BusinessError && (detail.Text("field") ?? BatchField).Equals(BatchField, StringComparison.OrdinalIgnoreCase),
            };
        }
    }

    private static bool IsCode(string issue) => issue.Length > 0 && issue.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>PayPal links to the original from the first detail; its documentation shows the link at the root.</summary>
    private static string? BatchIn(JsonElement root)
    {
        const string path = "/v1/payments/payouts/";
        IEnumerable<JsonElement> links = root.Objects("details").SelectMany(detail => detail.Objects("link").Concat(detail.Objects("links")));
        string? link = links.Concat(root.Objects("links")).Select(item => item.Text("href")).FirstOrDefault(item => item?.Contains(path, StringComparison.Ordinal) == true);
        string? id = link?[(link.IndexOf(path, StringComparison.Ordinal) + path.Length)..];
        return id is not null && PayPalIds.IsId(id) ? id : null;
    }
}
