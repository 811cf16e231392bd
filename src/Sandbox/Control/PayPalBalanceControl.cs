using System.Text.Json.Nodes;
using Florin.Sandbox.PayPal;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Control;

/// <summary>What the merchant does by hand with the balance at PayPal, what the bank does to it, and how the transaction search lists it.</summary>
internal static class PayPalBalanceControl
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/_sandbox/paypal/withdrawals", WithdrawAsync);
        routes.MapPost("/_sandbox/paypal/withdrawals/{id}/return", (string id, PayPalWorld paypal, HttpContext http) =>
            ChangeAsync(paypal, http, (session, _) => Transactions.Return(session, id)));
        routes.MapPost("/_sandbox/paypal/transactions/{id}", (string id, PayPalWorld paypal, HttpContext http) =>
            ChangeAsync(paypal, http, (session, asked) => Transactions.Show(session, id, asked)));
    }

    /// <summary>Moves money from the balance to the bank: <c>{"currency": "USD", "amount": "60.00"}</c>; without an amount all of it, as the automatic sweep does.</summary>
    private static Task<IResult> WithdrawAsync(PayPalWorld paypal, HttpContext http) => ChangeAsync(paypal, http, (session, asked) =>
    {
        var currency = asked.Text("currency") ?? "USD";
        Money? amount = asked.Text("amount") is { } value
            ? Money.Read(new JsonObject { ["currency_code"] = currency, ["value"] = value }, out _) ?? new Money(currency, 0)
            : null;
        return PayPalCurrencies.Of(currency) is null ? null : Transactions.Withdraw(session, currency, amount);
    });

    private static async Task<IResult> ChangeAsync(PayPalWorld paypal, HttpContext http, Func<PayPalSession, JsonObject, StoredObject?> change)
    {
        if (await ControlRequest.ReadAsync(http.Request) is not { } asked)
        {
            return ControlRequest.NotJson();
        }

        var changed = paypal.Execute(null, session =>
        {
            var row = change(session, asked)?.Body.Copy();
            session.Unit.Commit();
            return row;
        });
        if (changed is null)
        {
            return ControlRequest.Problem(404, "not_found", "There is nothing that this could be done to.");
        }

        await paypal.Webhooks.WhenIdleAsync(http.RequestAborted);
        return ControlRequest.Answer(changed);
    }
}
