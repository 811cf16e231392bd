using Florin.Payments;
using Florin.Payments.Charging;
using Florin.Providers;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Payments;

/// <summary>How long a call whose answer was lost may be repeated under its key.</summary>
public sealed class KeyMemoryTests
{
    [Theory]
    [InlineData(0, 15, KeyState.Known)]
    [InlineData(339, 15, KeyState.Known)]
    [InlineData(340, 15, KeyState.Fading)]
    [InlineData(359, 15, KeyState.Fading)]
    [InlineData(360, 15, KeyState.Gone)]
    [InlineData(179, 1_440, KeyState.Known)]
    [InlineData(180, 1_440, KeyState.Fading)]
    internal void A_key_fades_a_settle_window_and_a_clocks_difference_before_it_is_gone(int ageMinutes, int settleMinutes, KeyState expected)
    {
        ManualTimeProvider clock = new();
        KeyMemory memory = new(new PaymentOptions { SettleWindow = TimeSpan.FromMinutes(settleMinutes) }, clock);
        Assert.Equal(expected, memory.Of(new Remembering(TimeSpan.FromHours(6)), clock.GetUtcNow() - TimeSpan.FromMinutes(ageMinutes)));
    }

    [Fact]
    public void An_acquirer_that_does_not_answer_repeats_is_never_asked_twice()
    {
        ManualTimeProvider clock = new();
        KeyMemory memory = new(new PaymentOptions(), clock);
        Assert.Equal(KeyState.Gone, memory.Of(new Remembering(null), clock.GetUtcNow()));
        Assert.Equal(KeyState.Gone, memory.Of(new Remembering(TimeSpan.FromHours(6)), sentAt: null));
    }

    /// <summary>Says how long it remembers keys; nothing else is asked of it.</summary>
    private sealed class Remembering(TimeSpan? life) : IAcquirer
    {
        public string Name => "remembering";

        public TimeSpan? RepeatsAnswerFor => life;

        public ValueTask<ProviderOutcome<AcquirerPayment>> AuthorizeAsync(AuthorizationRequest request, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderOutcome<AcquirerPayment>> CaptureAsync(CaptureRequest request, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderOutcome<AcquirerPayment>> VoidAsync(string paymentId, string idempotencyKey, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderLookup<AcquirerPayment>> GetPaymentAsync(string paymentId, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderLookup<AcquirerPayment>> FindPaymentAsync(string ourReference, DateTimeOffset notBefore, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderOutcome<AcquirerRefund>> RefundAsync(RefundRequest request, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderLookup<AcquirerRefund>> GetRefundAsync(string refundId, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderLookup<AcquirerRefund>> FindRefundAsync(string paymentId, string ourReference, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderLookup<AcquirerDispute>> GetDisputeAsync(string disputeId, CancellationToken cancellationToken) => throw Never();

        public ValueTask<ProviderOutcome<AcquirerDispute>> SubmitEvidenceAsync(
            string disputeId, IReadOnlyDictionary<string, string> evidence, string idempotencyKey, CancellationToken cancellationToken) => throw Never();

        private static InvalidOperationException Never() => new("It is not asked.");
    }
}
