using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Reads payment methods. Card networks often renew a stored card by themselves: what is read is the card as Stripe knows it now.</summary>
internal sealed class StripePaymentSources(StripeClient client, StripeOutcomes outcomes) : IPaymentSourceReader
{
    private const int YearMin = 2000;
    private const int YearMax = 2200;

    public string Name => StripePaymentProvider.ProviderName;

    public async ValueTask<ProviderLookup<PaymentSourceDetails>> GetAsync(string paymentSource, CancellationToken cancellationToken)
    {
        const string operation = "get_payment_source";
        StripeSource source = StripeSource.Of(paymentSource);
        if (!source.IsGood)
        {
            return outcomes.Unavailable<PaymentSourceDetails>(operation, "not the provider's id of a payment method");
        }

        ProviderCall call = client.Get(operation, $"/v1/payment_methods/{source.PaymentMethodId}");
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), Details);
    }

    private static PaymentSourceDetails? Details(JsonElement json)
    {
        if (json.Text("object") != "payment_method")
        {
            return null;
        }

        JsonElement? card = json.Object("card");
        long year = card?.Integer("exp_year") ?? 0;
        long month = card?.Integer("exp_month") ?? 0;
        bool expires = year is >= YearMin and <= YearMax && month is >= 1 and <= 12;
        return new PaymentSourceDetails(expires ? new DateOnly((int)year, (int)month, DateTime.DaysInMonth((int)year, (int)month)) : null);
    }
}
