using Florin.Client;
using Florin.Tests.Architecture;
using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Client;

/// <summary>The example of docs/integrating/client.md: what stands there is what is compiled and run here.</summary>
public sealed class ClientExample(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const string Begin = "        // <example>\n";
    private const string End = "        // </example>\n";

    [Fact]
    public async Task The_example_takes_a_payment_and_gives_a_part_back()
    {
        await world.Sandbox.ClearFaultsAsync();
        (string id, _, string token) = await world.Server.CreateUserAsync("Shop", "business");
        HttpMerchant merchant = new(world, id, token);
        (string status, Guid? payment) = await SellAsync(new Uri(world.Server.Url), token, orderId: world.NewKey());
        Assert.Equal("captured", status);

        // The refund goes its own way and the payment hears of it.
        await merchant.StatusAsync(payment.ToString()!, "partially_refunded");
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task The_example_is_the_one_of_the_documentation()
    {
        string source = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "tests", "Tests", "Client", "ClientExample.cs"), TestContext.Current.CancellationToken);
        string code = source[(source.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..source.IndexOf(End, StringComparison.Ordinal)];
        string plain = string.Concat(code.Split('\n').Select(line => (line.StartsWith("        ", StringComparison.Ordinal) ? line[8..] : line) + "\n")).TrimEnd('\n');
        string document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "integrating", "client.md"), TestContext.Current.CancellationToken);
        Assert.Contains($"```csharp\n{plain}\n```", document, StringComparison.Ordinal);
    }

    private static async Task<(string Status, Guid? Payment)> SellAsync(Uri address, string accessToken, string orderId)
    {
        // <example>
        using FlorinClient florin = new(new FlorinClientOptions
        {
            BaseAddress = address,
            Credentials = FlorinClientOptions.Fixed(accessToken),
        });

        try
        {
            PaymentResponse payment = await florin.Payments.StartPaymentAsync(
                new PaymentRequest
                {
                    Amount = Amount.Parse("100.00"),
                    Currency = "USD",
                    PaymentSource = "pm_card_visa",
                    Capture = "automatic",
                    Obligation = orderId,
                },
                new CallOptions { IdempotencyKey = $"order-{orderId}" });
            if (payment.Status == "failed")
            {
                Console.WriteLine($"declined: {payment.FailureCode}");
                return (payment.Status, payment.Id);
            }

            await florin.Payments.StartRefundAsync(
                payment.Id, new RefundRequest { Amount = Amount.Parse("25.00"), Reason = "one of four came broken" });
            return (payment.Status, payment.Id);
        }
        catch (OutcomeUnknownException unknown)
        {
            // It goes on by itself. Ask again with the same key, or read the payment later; do not pay again.
            return ("unknown", unknown.Object<PaymentResponse>()?.Id);
        }
        catch (ConflictException refused) when (refused.Code == ProblemCodes.ObligationTaken)
        {
            return ("paid already", null);
        }

        // </example>
    }
}
