using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.Control;

/// <summary><c>/_sandbox/stripe/settle</c> and what schemes and banks do to charges and disputes: nobody's API call brings it about.</summary>
internal static class StripeSettlementControl
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/_sandbox/stripe/settle", SettleAsync);
        routes.MapPost("/_sandbox/stripe/payouts/{id}/repeat", RepeatAsync);
        routes.MapPost("/_sandbox/stripe/charges/{id}/clear", ClearAsync);
        routes.MapPost("/_sandbox/stripe/charges/{id}/reverse", ReverseAsync);
        routes.MapPost("/_sandbox/stripe/charges/{id}/fail", FailAsync);
        routes.MapPost("/_sandbox/stripe/charges/{id}/present", PresentAsync);
        routes.MapPost("/_sandbox/stripe/charges/{id}/exchange", ExchangeAsync);
        routes.MapPost("/_sandbox/stripe/disputes/{id}/reopen", ReopenAsync);
    }

    /// <summary>Makes an automatic payout of what is available: <c>{"currency": "usd", "destination": "ba_000123456789"}</c>, both optional.</summary>
    private static Task<IResult> SettleAsync(HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, body) => AutomaticPayouts.Make(
            new StripeSession(unit, context), body.Text("currency") ?? "usd", body.Text("destination") ?? ExternalAccounts.Default)?.Body);

    /// <summary>Lists an automatic payout's lines once more, under the name of a new one.</summary>
    private static Task<IResult> RepeatAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, _) => AutomaticPayouts.Repeat(new StripeSession(unit, context), id)?.Body);

    /// <summary>The scheme clears another amount than was captured: <c>{"amount": 10500}</c>, before the charge is available.</summary>
    private static Task<IResult> ClearAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, body) =>
        {
            if (unit.Find(Charges.Type, id)?.Body.Text("balance_transaction") is not { } line || body["amount"] is not JsonValue amount
                || unit.Find(line)!.Body.Text("status") != "pending")
            {
                return null;
            }

            return BalanceTransactions.ChangeAmount(new StripeSession(unit, context), line, amount.GetValue<long>());
        });

    /// <summary>The scheme does not pay for the charge after all: what was captured is taken back, without a dispute.</summary>
    private static Task<IResult> ReverseAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, _) => unit.Find(Charges.Type, id) is { } charge
            ? unit.Find(BalanceTransactions.Add(
                new StripeSession(unit, context),
                "payment_reversal",
                "charge_failure",
                -charge.Body.Number("amount_captured"),
                0,
                charge.Body.Text("currency")!,
                id,
                null))!.Body
            : null);

    /// <summary>A charge that had succeeded fails after all, and its payment says so.</summary>
    private static Task<IResult> FailAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, _) => ChargeLateness.Fail(new StripeSession(unit, context), id)?.Body);

    /// <summary>The scheme clears an authorization that has expired: <c>{"amount": 5000}</c>, all of it unless given.</summary>
    private static Task<IResult> PresentAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, body) =>
            ChargeLateness.Present(new StripeSession(unit, context), id, (body["amount"] as JsonValue)?.GetValue<long>())?.Body);

    /// <summary>The payer saw the charge in another currency, in which a dispute of it will come.</summary>
    private static Task<IResult> ExchangeAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, body) => ChargeExchange.Present(new StripeSession(unit, context), id, body)?.Body);

    /// <summary>Opens a dispute again that was won.</summary>
    private static Task<IResult> ReopenAsync(
        string id, HttpRequest request, World world, SandboxClock clock, StripeContext context, WebhookDispatcher webhooks) =>
        ChangeAsync(request, world, clock, webhooks, (unit, _) => DisputeAnswers.Reopen(new StripeSession(unit, context), id) ? unit.Find(id)!.Body : null);

    private static async Task<IResult> ChangeAsync(
        HttpRequest request, World world, SandboxClock clock, WebhookDispatcher webhooks, Func<UnitOfWork, JsonObject, JsonObject?> change)
    {
        if (await ControlRequest.ReadAsync(request) is not { } body)
        {
            return ControlRequest.NotJson();
        }

        var changed = world.Execute(clock.Now, null, unit =>
        {
            var made = change(unit, body)?.Copy();
            unit.Commit();
            return made;
        });
        if (changed is null)
        {
            return ControlRequest.Problem(404, "not_found", "There is nothing that this could be done to.");
        }

        await webhooks.WhenIdleAsync(request.HttpContext.RequestAborted);
        return ControlRequest.Answer(changed);
    }
}
