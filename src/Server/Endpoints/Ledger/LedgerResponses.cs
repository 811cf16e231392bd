using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary>The totals of an account, as decimal strings in major units.</summary>
/// <param name="NormalSide"><c>debit</c> or <c>credit</c>: the side on which it grows.</param>
/// <param name="Balance">Posted on the normal side less posted on the other; negative when the account stands on its other side.</param>
/// <param name="Available">What can be taken now: the balance less what pending transfers hold, not below zero.</param>
/// <param name="Standing"><c>open</c>, <c>frozen</c> or <c>closed</c>, now.</param>
/// <param name="Sequence">The ledger sequence at which this was true.</param>
internal sealed record AccountResponse(
    string Address,
    string Asset,
    string NormalSide,
    IReadOnlyList<string> Flags,
    string Balance,
    string Available,
    string DebitsPosted,
    string CreditsPosted,
    string DebitsPending,
    string CreditsPending,
    string Standing,
    ulong Sequence)
{
    public static AccountResponse Of(AccountBalance balance)
    {
        int scale = balance.Id.Asset.Scale;
        string posted = MoneyText.Format(balance.Posted(out bool isNegative), scale);
        return new AccountResponse(
            balance.Id.Address.Value,
            balance.Id.Asset.Code,
            JsonConventions.SnakeCase(balance.NormalSide.ToString()),
            [.. Enum.GetValues<AccountFlags>().Where(flag => flag != AccountFlags.None && balance.Flags.HasFlag(flag)).Select(flag => JsonConventions.SnakeCase(flag.ToString()))],
            isNegative ? "-" + posted : posted,
            MoneyText.Format(balance.Available, scale),
            MoneyText.Format(balance.DebitsPosted, scale),
            MoneyText.Format(balance.CreditsPosted, scale),
            MoneyText.Format(balance.DebitsPending, scale),
            MoneyText.Format(balance.CreditsPending, scale),
            JsonConventions.SnakeCase(balance.Standing.ToString()),
            balance.Sequence);
    }
}

/// <summary>One transfer of a transaction.</summary>
/// <param name="Debit">The address of the debited account.</param>
/// <param name="Amount">Decimal string in major units.</param>
/// <param name="Code">Why the money moved, a number of the chart of transfer codes.</param>
internal sealed record LedgerTransferResponse(ulong Sequence, string Debit, string Credit, string Amount, string Currency, int Code)
{
    public static LedgerTransferResponse Of(JournalEntry entry) => new(
        entry.Sequence, entry.Debit.Address.Value, entry.Credit.Address.Value,
        MoneyText.Format(entry.Amount, entry.Debit.Asset.Scale), entry.Debit.Asset.Code, entry.Code);
}

/// <summary>A transaction as it stands in the journal.</summary>
/// <param name="Kind"><c>posted</c>, <c>pending</c>, <c>post</c>, <c>post_part</c>, <c>void</c>, <c>release</c>, <c>increase</c>, <c>extend</c>, <c>expire</c> or <c>reverse</c>.</param>
/// <param name="RelatedId">The transaction that this one posts, voids or reverses.</param>
internal sealed record TransactionResponse(
    Guid Id, string Kind, Guid? RelatedId, string? Reference, DateTimeOffset Timestamp, DateOnly EffectiveDate, DateOnly? AskedDate, DateTimeOffset? ExpiresAt,
    string? Metadata, IReadOnlyList<LedgerTransferResponse> Transfers)
{
    public static TransactionResponse Of(IReadOnlyList<JournalEntry> entries) => new(
        entries[0].TransactionId.ToGuid(),
        JsonConventions.SnakeCase(entries[0].Kind.ToString()),
        entries[0].Related?.ToGuid(),
        entries[0].Reference,
        entries[0].Timestamp,
        entries[0].EffectiveDate,
        entries[0].AskedDate,
        entries[0].ExpiresAt,
        entries[0].Metadata,
        [.. entries.Select(LedgerTransferResponse.Of)]);
}
