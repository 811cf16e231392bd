using System.Text;
using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Payments.Disputes;
using Florin.Payments.Refunds;
using Florin.Payments.Settlement;
using Florin.Payments.Sources;
using Florin.Payments.Subscriptions.Billing;
using Florin.Payments.Subscriptions.Cards;
using Florin.Payments.Subscriptions.Invoices;
using Florin.Wallets.Deposits;
using Florin.Wallets.Payouts;
using Florin.Wallets.Recovered;
using Florin.Wallets.Transfers;
using Florin.Wallets.Withdrawals;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>docs/internals/flows.md says what the code says. <c>FLORIN_UPDATE_DOCS=1</c> writes it anew.</summary>
public sealed class FlowDocsTests
{
    private static readonly FlowDefinition[] Definitions = [DepositFlow.Definition, WithdrawalFlow.Definition, TransferFlow.Definition, RecoveredFlow.Definition, .. Payouts, .. Payments];

    private static FlowDefinition[] Payouts => [PayoutFlow.Definition, PayoutBatchFlow.Definition, PayoutScheduleFlow.Definition];

    private static FlowDefinition[] Payments =>
    [
        PaymentFlow.Definition, ObligationClaim.Declared, RefundFlow.Definition, DisputeFlow.Definition, SettlementFlow.Definition, SourceFlow.Definition,
        SubscriptionFlow.Definition, InvoiceFlow.Definition, CardFlow.Definition,
    ];

    [Fact]
    public void The_flows_page_is_what_the_definitions_say()
    {
        string path = Path.Combine(RepositoryRoot(), "docs", "internals", "flows.md");
        string rendered = Render();
        if (Environment.GetEnvironmentVariable("FLORIN_UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, rendered);
        }

        Assert.Equal(rendered, File.ReadAllText(path));
    }

    [Fact]
    public void Every_state_can_be_reached_and_every_resting_state_can_be_told()
    {
        foreach (FlowDefinition definition in Definitions)
        {
            HashSet<string> reached = [.. definition.InitialStates];
            while (definition.Transitions.Any(transition => reached.Contains(transition.From) && reached.Add(transition.To)))
            {
            }

            Assert.Equal(definition.States.Select(state => state.Name).Order(), reached.Order());
            Assert.All(definition.States.Where(state => state.IsFinal), state => Assert.True(state.IsReportable));
        }
    }

    private static string Render()
    {
        StringBuilder text = new(
            """
            # The flows of wallets and payments

            Generated from the definitions in `src/Wallets` and `src/Payments`; a test compares this page with them, and `FLORIN_UPDATE_DOCS=1` writes it anew. Every change
            of state is one commit with its postings, and the database refuses a change that is not in these tables.

            How a caller sees them: the states that do not answer a request are still in their first execution. A deposit in `created`, `submitting` or
            `unknown`, and a withdrawal in `debited`, `submitting` or `unknown`, is answered with 202 `outcome_unknown` and the object, whose status is
            `pending` and whose `outcome_unknown` is true. `queued` is `pending`. A deposit in `mismatch` is `pending` with `under_review` true: money was
            taken, so that `failed` would invite a second payment. A cancelled withdrawal is `failed` with the failure code `canceled`.

            `held_in_suspense` is `pending` with the `pending_reason` `account_not_open`: the provider is done and the wallet's account is frozen or closed.
            Its money lies in `suspense:user:{id}`, is tried again by schedule and by `POST /flows/{id}/retry`, and goes to the wallet as soon as that is
            open. After `SuspenseReviewAfter` (7 days) the flow is also listed at `GET /flows/parked`, for a person; the money stays where it is.

            Reversals, posts and voids carry the transfer code of what they change. Codes: 1101 deposit, 1102 deposit to suspense, 1103 deposit held,
            1104 held deposit released, 1201 transfer between wallets, 1301 withdrawal, 1302 payout paid, 1303 withdrawal held, 1304 held withdrawal
            released, 1401 recovered payment, 1402 recovered payout, 1501 payout of a merchant, 1502 payout of a merchant held, 1503 held payout of a merchant
            released; those of payments are in `PaymentCodes`.

            A payout of a merchant is a withdrawal of another owner's money: the same states, shown as `pending`, `in_transit`, `paid`, `failed`, `canceled` and `returned`.

            A payment in `created`, `submitting`, `capturing`, `voiding` or `unknown` is answered with 202 `outcome_unknown`. `queued` and `processing` are
            `created`, `capturing` and `voiding` are `authorized`, `mismatch` is `unknown` with `under_review` true. `completing`, `expiring` and `canceling` are
            `requires_action` with `outcome_unknown`. A refund is `pending` until it is `succeeded`, `partially_succeeded` or `failed`. The fee of a capture is rounded half to even; a refund gives back its share of the fee rounded down, so that the rest of a
            cent stays with the house. What the memorandum account `payment:{id}:refundable` holds is what can still be refunded: no money.

            Subscriptions and invoices post nothing: what pays an invoice is a `payment` for the obligation `invoice:{id}`. An invoice in `open` or `collecting` is `open`
            until an attempt has failed; then it is `past_due`, as `retrying` and `awaiting_source` are.

            """);
        foreach (FlowDefinition definition in Definitions)
        {
            text.Append($"\n## {definition.Kind}\n\n{definition.Purpose}\n\n");
            if (StartPostings(definition.Kind) is { } postings)
            {
                text.Append($"Its start posts, in the commit of its first row: {postings}.\n\n");
            }

            text.Append($"```mermaid\n{FlowDiagram.Mermaid(definition)}```\n\n{FlowDiagram.Tables(definition)}");
        }

        return text.ToString();
    }

    private static string? StartPostings(string kind) => kind switch
    {
        WithdrawalFlow.Kind => WithdrawalFlow.Debit,
        PayoutFlow.Kind => PayoutFlow.Debit,
        TransferFlow.Kind => TransferFlow.Posting,
        RefundFlow.Kind => RefundFlow.Reserve,
        _ => null,
    };

    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Florin.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
