using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Providers;
using Florin.Tests.Sandbox;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The kit for PayPal.</summary>
public sealed class PayPalAcquirerTests(SandboxFixture sandbox) : AcquirerKit, IClassFixture<SandboxFixture>
{
    private protected override async Task<IAcquirerBench> StartAsync()
    {
        await sandbox.Process.ResetAsync();
        return new PayPalAcquirerBench(sandbox.Process);
    }
}

/// <summary>PayPal's connector before its sandbox.</summary>
internal sealed class PayPalAcquirerBench : IAcquirerBench
{
    private readonly SandboxProcess _sandbox;
    private readonly PayPalUnderTest _paypal;
    private string _fault = "";
    private bool _sellerWins;

    public PayPalAcquirerBench(SandboxProcess sandbox)
    {
        _sandbox = sandbox;
        _paypal = new PayPalUnderTest(new Uri(sandbox.Url, "/paypal"), now: TimeProvider.System.GetUtcNow());
    }

    public IAcquirer Acquirer => _paypal.Acquirer;

    public DateTimeOffset Began => _paypal.Clock.GetUtcNow() - TimeSpan.FromHours(1);

    public bool CapturesInParts => true;

    public string Source(AcquirerScript script) => script switch
    {
        AcquirerScript.Succeeds => "sandbox_ok",
        AcquirerScript.Declined => "sandbox_decline_TRANSACTION_REFUSED",
        AcquirerScript.NeedsThePayer => "sandbox_payer_action",
        AcquirerScript.RefundIsPending => "sandbox_refund_pending",
        AcquirerScript.RefundFailsLater => "sandbox_refund_fails_late",
        AcquirerScript.Disputed => "sandbox_dispute",
        AcquirerScript.Inquired => "sandbox_inquiry",
        _ => throw new ArgumentOutOfRangeException(nameof(script)),
    };

    public Task<T> Play<T>(ValueTask<T> operation) => _paypal.Play(operation);

    public Task LoseAnswerAsync(AcquirerOperation operation, bool afterEffect)
    {
        _fault = afterEffect ? "timeout_after_effect" : "timeout_before_effect";
        return _sandbox.PayPalFaultAsync(
            operation switch
            {
                AcquirerOperation.Authorize => "orders.create",
                AcquirerOperation.Capture => "authorizations.capture",
                AcquirerOperation.Void => "authorizations.void",
                AcquirerOperation.Refund => "captures.refund",
                _ => throw new ArgumentOutOfRangeException(nameof(operation)),
            },
            _fault);
    }

    public async Task<T> PlayLost<T>(ValueTask<T> operation)
    {
        Task<T> task = operation.AsTask();
        await _sandbox.WhenFaultStruckAsync(_fault);
        _paypal.Clock.Advance(new ResilienceOptions().AttemptTimeout);
        return await Play(new ValueTask<T>(task));
    }

    /// <summary>What answered disputes come to is said by whoever judges at PayPal: its sandbox leaves that to us.</summary>
    public async Task AdvanceAsync()
    {
        await _sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        foreach (JsonElement dispute in (await _sandbox.PayPalObjectsAsync("dispute")).Where(item => item.GetProperty("status").GetString() == "UNDER_REVIEW"))
        {
            PayPalCaller caller = await PayPalCaller.StartAsync(_sandbox);
            await caller.PostAsync(
                $"/v1/customer/disputes/{dispute.GetProperty("dispute_id").GetString()}/adjudicate",
                new JsonObject { ["adjudication_outcome"] = _sellerWins ? "SELLER_FAVOR" : "BUYER_FAVOR" });
        }
    }

    public async Task<(long Captured, long Refunded)> JudgeAsync(string ourReference)
    {
        JsonElement[] captures = [.. (await _sandbox.PayPalObjectsAsync("capture")).Where(capture =>
            Of(capture) == ourReference && capture.GetProperty("status").GetString() is "COMPLETED" or "PARTIALLY_REFUNDED" or "REFUNDED")];
        JsonElement[] refunds = [.. (await _sandbox.PayPalObjectsAsync("refund")).Where(refund =>
            refund.GetProperty("status").GetString() != "FAILED" && Of(refund).StartsWith(ourReference, StringComparison.Ordinal))];
        return (captures.Sum(Cents), refunds.Sum(Cents));
    }

    public async Task<int> CountAsync(string ourReference)
        => (await _sandbox.PayPalObjectsAsync("order")).Count(order => Of(order.GetProperty("purchase_units")[0]) == ourReference);

    public async Task<IReadOnlyList<string>> DisputesAsync(string paymentId)
    {
        HashSet<string?> captures = [.. (await _sandbox.PayPalObjectsAsync("capture"))
            .Where(capture => capture.GetProperty("supplementary_data").GetProperty("related_ids").GetProperty("order_id").GetString() == paymentId)
            .Select(capture => capture.GetProperty("id").GetString())];
        return
        [
            .. (await _sandbox.PayPalObjectsAsync("dispute"))
                .Where(dispute => captures.Contains(dispute.GetProperty("disputed_transactions")[0].GetProperty("seller_transaction_id").GetString()))
                .Select(dispute => dispute.GetProperty("dispute_id").GetString()!),
        ];
    }

    public IReadOnlyDictionary<string, string> Evidence(bool wins)
    {
        _sellerWins = wins;
        return new Dictionary<string, string> { ["PROOF_OF_FULFILLMENT"] = "Delivered." };
    }

    public async ValueTask DisposeAsync()
    {
        await _sandbox.ClearFaultsAsync();
        await _paypal.DisposeAsync();
    }

    private static string Of(JsonElement item) => item.TryGetProperty("custom_id", out JsonElement value) ? value.GetString()! : string.Empty;

    /// <summary>All amounts of the kit are in USD.</summary>
    private static long Cents(JsonElement item)
        => long.Parse(item.GetProperty("amount").GetProperty("value").GetString()!.Replace(".", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);
}
