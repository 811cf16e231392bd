using System.Text.Json;
using Florin.Providers;
using Florin.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The kit for Stripe.</summary>
public sealed class StripeAcquirerTests(SandboxFixture sandbox) : AcquirerKit, IClassFixture<SandboxFixture>
{
    private protected override async Task<IAcquirerBench> StartAsync()
    {
        await sandbox.Process.ResetAsync();
        return new StripeAcquirerBench(sandbox.Process);
    }
}

/// <summary>Stripe's connector before its sandbox.</summary>
internal sealed class StripeAcquirerBench : IAcquirerBench
{
    private readonly SandboxProcess _sandbox;
    private readonly StripeUnderTest _stripe;
    private string _fault = "";

    public StripeAcquirerBench(SandboxProcess sandbox)
    {
        _sandbox = sandbox;
        _stripe = new StripeUnderTest(sandbox.StripeUrl, now: TimeProvider.System.GetUtcNow());
        Acquirer = _stripe.Services.GetRequiredService<IAcquirer>();
    }

    public IAcquirer Acquirer { get; }

    public DateTimeOffset Began => _stripe.Clock.GetUtcNow() - TimeSpan.FromHours(1);

    public bool CapturesInParts => true;

    public string Source(AcquirerScript script) => script switch
    {
        AcquirerScript.Succeeds => "pm_card_visa",
        AcquirerScript.Declined => "pm_card_chargeDeclined",
        AcquirerScript.NeedsThePayer => "pm_card_authenticationRequired",
        AcquirerScript.RefundIsPending => "pm_card_pendingRefund",
        AcquirerScript.RefundFailsLater => "pm_card_refundFail",
        AcquirerScript.Disputed => "pm_card_createDispute",
        AcquirerScript.Inquired => "pm_card_createDisputeInquiry",
        _ => throw new ArgumentOutOfRangeException(nameof(script)),
    };

    public Task<T> Play<T>(ValueTask<T> operation) => _stripe.Play(operation);

    public Task LoseAnswerAsync(AcquirerOperation operation, bool afterEffect)
    {
        _fault = afterEffect ? "timeout_after_effect" : "timeout_before_effect";
        return _sandbox.FaultAsync(
            operation switch
            {
                AcquirerOperation.Authorize => "payment_intents.create",
                AcquirerOperation.Capture => "payment_intents.capture",
                AcquirerOperation.Void => "payment_intents.cancel",
                AcquirerOperation.Refund => "refunds.create",
                _ => throw new ArgumentOutOfRangeException(nameof(operation)),
            },
            _fault);
    }

    public async Task<T> PlayLost<T>(ValueTask<T> operation)
    {
        Task<T> task = operation.AsTask();
        await _sandbox.WhenFaultStruckAsync(_fault);
        _stripe.Clock.Advance(new ResilienceOptions().AttemptTimeout);
        return await Play(new ValueTask<T>(task));
    }

    public Task AdvanceAsync() => _sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));

    public async Task<(long Captured, long Refunded)> JudgeAsync(string ourReference)
    {
        HashSet<string> payments = [.. (await OfReferenceAsync(ourReference)).Select(payment => payment.GetProperty("id").GetString()!)];
        JsonElement[] charges = [.. (await _sandbox.ObjectsAsync("charge")).Where(charge =>
            charge.GetProperty("captured").GetBoolean() && payments.Contains(charge.GetProperty("payment_intent").GetString()!))];
        JsonElement[] refunds = [.. (await _sandbox.ObjectsAsync("refund")).Where(refund =>
            refund.GetProperty("status").GetString() != "failed" && payments.Contains(refund.GetProperty("payment_intent").GetString()!))];
        return (charges.Sum(charge => charge.GetProperty("amount_captured").GetInt64()), refunds.Sum(refund => refund.GetProperty("amount").GetInt64()));
    }

    public async Task<int> CountAsync(string ourReference) => (await OfReferenceAsync(ourReference)).Count;

    public async Task<IReadOnlyList<string>> DisputesAsync(string paymentId) =>
    [
        .. (await _sandbox.ObjectsAsync("dispute")).Where(dispute => dispute.GetProperty("payment_intent").GetString() == paymentId)
            .Select(dispute => dispute.GetProperty("id").GetString()!),
    ];

    public IReadOnlyDictionary<string, string> Evidence(bool wins) =>
        new Dictionary<string, string> { ["uncategorized_text"] = wins ? "winning_evidence" : "losing_evidence" };

    public async ValueTask DisposeAsync()
    {
        await _sandbox.ClearFaultsAsync();
        await _stripe.DisposeAsync();
    }

    private async Task<IReadOnlyList<JsonElement>> OfReferenceAsync(string ourReference) =>
    [
        .. (await _sandbox.ObjectsAsync("payment_intent")).Where(payment =>
            payment.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement value) && value.GetString() == ourReference),
    ];
}
