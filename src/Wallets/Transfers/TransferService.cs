using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.Steps;

namespace Florin.Wallets.Transfers;

/// <summary>Moves money between wallets: one commit, done when it answers.</summary>
internal sealed class TransferService(IFlows flows, IWalletOwners owners, TransferNotes notes, WalletOptions options)
{
    private const string Endpoint = "POST /wallets/transfers";

    public async ValueTask<MovementOutcome<WalletTransfer>> StartAsync(
        WalletCaller caller, string idempotencyKey, Money amount, string to, string? note, CancellationToken cancellationToken)
    {
        if (MovementStart.CheckAmount(amount, options) is { } refusal)
        {
            return new MovementOutcome<WalletTransfer>.Refused(refusal);
        }

        WalletOwner? recipient = Guid.TryParseExact(to, "D", out Guid walletId)
            ? await owners.FindAsync(walletId, cancellationToken)
            : await owners.FindByEmailAsync(to, cancellationToken);
        if (recipient is null || recipient.UserId == caller.UserId)
        {
            return new MovementOutcome<WalletTransfer>.Refused(
                recipient is null ? MovementRefusal.RecipientNotFound : MovementRefusal.SameWallet);
        }

        return await StartAsync(caller, idempotencyKey, amount, recipient.UserId, note, cancellationToken);
    }

    private async ValueTask<MovementOutcome<WalletTransfer>> StartAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid recipient, string? note, CancellationToken cancellationToken)
    {
        FlowId id = FlowId.FromIdempotencyKey(caller.Principal, Endpoint, idempotencyKey);
        TransferFacts facts = new()
        {
            FromUserId = caller.UserId,
            ToUserId = recipient,
            Amount = FlowFacts.AmountText(amount.MinorUnits),
            Asset = amount.Asset.Code,
        };
        FlowStart start = new()
        {
            Id = id,
            Kind = TransferFlow.Kind,
            State = TransferFlow.Completed,
            OwnerId = MovementStart.OwnerId(caller.UserId),
            Data = FlowFacts.Write(facts),
            RequestHash = RequestHash.Of(Endpoint, caller.UserId.ToString("D"), facts.Amount, facts.Asset, recipient.ToString("D"), note),
            Actor = caller.Principal,
            Accounts = TransferPostings.Accounts(facts),
            Transactions = [TransferPostings.Transfer(id, facts)],
        };
        if (note is not null)
        {
            await notes.StoreAsync(id.Value, start.RequestHash, note, cancellationToken);
        }

        // A repeat that answers says the note that is stored; it equals the one sent, or the request would differ.
        return MovementStart.Outcome(await flows.StartAsync(start, options.Patience, cancellationToken), flow => Present(flow, note));
    }

    public static WalletTransfer Present(Flow flow, string? note)
    {
        TransferFacts facts = TransferFacts.Of(flow);
        return new WalletTransfer(flow.Id.Value, facts.FromUserId, facts.ToUserId, facts.Ordered, note, flow.CreatedAt);
    }
}
