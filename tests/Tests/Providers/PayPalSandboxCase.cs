using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Providers;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>A connector to the PayPal of the class's sandbox, and the sandbox's own record as the judge.</summary>
public abstract class PayPalSandboxCase(SandboxFixture sandbox) : IClassFixture<SandboxFixture>, IAsyncLifetime
{
    private PayPalUnderTest _paypal = null!;
    private int _references;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected SandboxProcess Process => sandbox.Process;

    private protected PayPalUnderTest PayPal => _paypal;

    private protected IAcquirer Acquirer => _paypal.Acquirer;

    public async ValueTask InitializeAsync()
    {
        await Process.ResetAsync();
        string roots = await Process.Http.GetStringAsync(new Uri("/_sandbox/paypal/authority.pem", UriKind.Relative), Token);
        _paypal = new PayPalUnderTest(new Uri(Process.Url, "/paypal"), roots, TimeProvider.System.GetUtcNow());
    }

    public async ValueTask DisposeAsync()
    {
        await Process.ClearFaultsAsync();
        await _paypal.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<T> Play<T>(ValueTask<T> operation) => _paypal.Play(operation);

    private protected static T Value<T>(ProviderOutcome<T> outcome)
    {
        Assert.True(outcome is ProviderOutcome<T>.Accepted, outcome.ToString());
        return ((ProviderOutcome<T>.Accepted)outcome).Value;
    }

    private protected static T Value<T>(ProviderLookup<T> lookup)
    {
        Assert.True(lookup is ProviderLookup<T>.Found, lookup.ToString());
        return ((ProviderLookup<T>.Found)lookup).Value;
    }

    private protected string NextReference() => $"flow-{TimeProvider.System.GetTimestamp()}-{++_references}";

    private protected static AuthorizationRequest Charge(string reference, string source = "sandbox_ok", CaptureMode mode = CaptureMode.Automatic)
        => new(1050, "USD", source, null, mode, "Order 7", reference, reference + ":authorize");

    private protected static CaptureRequest Capture(string payment, UInt128 amount, bool isFinal = false, string key = "capture-1")
        => new(payment, amount, "USD", isFinal, payment, payment + key);

    private protected static RefundRequest Refund(AcquirerPayment payment, UInt128 amount, string reference)
        => new(payment.Id, payment.CaptureIds[0], amount, "USD", reference, reference + ":refund");

    private protected async Task<AcquirerPayment> ChargedAsync(string source = "sandbox_ok", CaptureMode mode = CaptureMode.Automatic)
        => Value(await Play(Acquirer.AuthorizeAsync(Charge(NextReference(), source, mode), Token)));

    private protected Task<ProviderOutcome<AcquirerPayment>> CaptureAsync(CaptureRequest request) => Play(Acquirer.CaptureAsync(request, Token));

    private protected Task<ProviderOutcome<AcquirerRefund>> RefundAsync(RefundRequest request) => Play(Acquirer.RefundAsync(request, Token));

    private protected async Task<AcquirerPayment> PaymentAsync(string id) => Value(await Play(Acquirer.GetPaymentAsync(id, Token)));

    private protected Task FaultAsync(string operation, string fault, int count = 1, JsonObject? more = null)
        => Process.PayPalFaultAsync(operation, fault, count, more);

    /// <summary>Lets a held request run into its deadline, once the sandbox has it, and has done its work if it is to do it.</summary>
    private protected async Task<T> UntilStruckAsync<T>(string fault, ValueTask<T> operation)
    {
        Task<T> task = operation.AsTask();
        if (fault.StartsWith("timeout", StringComparison.Ordinal))
        {
            await Process.WhenFaultStruckAsync(fault);
            _paypal.Clock.Advance(new ResilienceOptions().AttemptTimeout);
        }

        return await Play(new ValueTask<T>(task));
    }

    /// <summary>What the provider itself believes.</summary>
    private protected Task<IReadOnlyList<JsonElement>> ObjectsAsync(string type) => Process.PayPalObjectsAsync(type);

    private protected async Task<int> CountAsync(string type, string reference)
        => (await ObjectsAsync(type)).Count(item => item.TryGetProperty("custom_id", out JsonElement value) && value.GetString() == reference);
}
