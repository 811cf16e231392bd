using System.Text.Json;
using Florin.Providers;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>One sandbox process for a class; its tests run one after another.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    internal SandboxProcess Process { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Process = await SandboxProcess.StartAsync("--opening-balance", "0");

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}

/// <summary>A connector and a fresh customer on the class's sandbox.</summary>
public abstract class StripeSandboxCase(SandboxFixture sandbox) : IClassFixture<SandboxFixture>, IAsyncLifetime
{
    private StripeUnderTest _stripe = null!;
    private string? _customer;
    private int _references;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Before anything of a test was made, on either clock.</summary>
    private protected DateTimeOffset Began => _stripe.Clock.GetUtcNow() - TimeSpan.FromHours(1);

    private protected SandboxProcess Process => sandbox.Process;

    private protected IPaymentProvider Provider => _stripe.Provider;

    public async ValueTask InitializeAsync()
    {
        await Process.ResetAsync();
        _stripe = new StripeUnderTest(Process.StripeUrl, now: TimeProvider.System.GetUtcNow());
        _customer = Value(await Play(Provider.CreateCustomerAsync(new CustomerRequest("user-1", NextReference()), Token)));
    }

    public async ValueTask DisposeAsync()
    {
        await Process.ClearFaultsAsync();
        await _stripe.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<T> Play<T>(ValueTask<T> operation) => _stripe.Play(operation);

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

    private protected string NextReference() => $"{_customer ?? $"new-{TimeProvider.System.GetTimestamp()}"}-{++_references}";

    private protected ChargeRequest Card(string reference) => new(1050, "USD", "pm_card_visa", PaymentMethodKind.Card, _customer!, reference, reference + ":charge");

    private protected static PayoutRequest Payout(string reference, string destination) => new(1050, "USD", destination, reference, reference + ":payout");

    private protected Task<ProviderOutcome<ProviderPayment>> ChargeAsync(string reference, string method, PaymentMethodKind kind)
        => Play(Provider.ChargeAsync(Card(reference) with { PaymentMethodId = method, PaymentMethodKind = kind }, Token));

    private protected Task<ProviderOutcome<ProviderPayout>> PayoutAsync(string reference, string destination)
        => Play(Provider.CreatePayoutAsync(Payout(reference, destination), Token));

    private protected Task<ProviderOutcome<ProviderPaymentMethod>> AttachAsync(string token)
        => Play(Provider.AttachPaymentMethodAsync(token, _customer!, NextReference(), Token));

    private protected Task<ProviderLookup<ProviderPayment>> FindPaymentAsync(string reference)
        => Play(Provider.FindPaymentAsync(reference, _customer!, Began, Token));

    /// <summary>Money that is available at once, so that there is something to pay out.</summary>
    private protected async Task FundAsync()
        => Value(await Play(Provider.ChargeAsync(Card(NextReference()) with { MinorUnits = 10_000, PaymentMethodId = "pm_card_bypassPending" }, Token)));

    /// <summary>Lets a held request run into its deadline, once the sandbox has it, and has done its work if it is to do it.</summary>
    private protected async Task<T> UntilStruckAsync<T>(string fault, string type, string reference, ValueTask<T> operation)
    {
        Task<T> task = operation.AsTask();
        if (fault.StartsWith("timeout", StringComparison.Ordinal))
        {
            while (await (fault == "timeout_after_effect" ? CountAsync(type, reference) : StruckAsync(fault)) == 0)
            {
                Token.ThrowIfCancellationRequested();
            }

            _stripe.Clock.Advance(new ResilienceOptions().AttemptTimeout);
        }

        return await Play(new ValueTask<T>(task));
    }

    private protected async Task<int> StruckAsync(string fault)
    {
        await using Stream answer = await Process.Http.GetStreamAsync(new Uri("/_sandbox/faults", UriKind.Relative), Token);
        using JsonDocument document = await JsonDocument.ParseAsync(answer, cancellationToken: Token);
        return document.RootElement.GetProperty("data").EnumerateArray()
            .Where(item => item.GetProperty("fault").GetString() == fault)
            .Sum(item => item.GetProperty("struck").GetInt32());
    }

    /// <summary>What the provider itself believes: how many objects it has for a reference.</summary>
    private protected async Task<int> CountAsync(string type, string reference)
        => (await Process.ObjectsAsync(type)).Count(item => item.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement value) && value.GetString() == reference);
}
