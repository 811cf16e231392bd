using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.Deposits;
using Florin.Wallets.Steps;
using Florin.Wallets.Transfers;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.History;

/// <summary>
/// A wallet's history, newest first: what its user began comes from his flows, what others sent comes from the ledger's entries on his account,
/// because an incoming transfer is another user's flow. The two lists are merged by time.
/// </summary>
internal sealed class WalletHistory(IFlows flows, ILedgerHistory ledger, TransferNotes notes)
{
    /// <summary>Entries read at a time, and the most that one page looks through for incoming transfers; a page may therefore be short.</summary>
    private const int EntriesPage = 200;
    private const int EntriesPagesMax = 5;

    private static readonly ImmutableArray<string> Kinds = [DepositFlow.Kind, WithdrawalFlow.Kind, TransferFlow.Kind];

    /// <param name="Sequence">Of an incoming transfer; <see langword="null"/> for the user's own movement.</param>
    private sealed record Line(Flow Flow, ulong? Sequence);

    public async ValueTask<WalletHistoryPage?> GetAsync(Guid userId, string? cursorText, int limit, CancellationToken cancellationToken)
    {
        if (!HistoryCursor.TryParse(cursorText, out HistoryCursor cursor))
        {
            return null;
        }

        FlowId? before = cursor.BeforeFlow is { } flow ? new FlowId(flow) : null;
        ImmutableArray<Flow> own = await flows.ListAsync(MovementStart.OwnerId(userId), Kinds, before, limit, cancellationToken);
        (List<Line> incoming, ulong scannedTo, bool isScanned) = await IncomingAsync(userId, cursor.BeforeSequence, limit, cancellationToken);

        List<Line> lines = [.. own.Select(item => new Line(item, null)).Concat(incoming)
            .OrderByDescending(line => line.Flow.CreatedAt).ThenByDescending(line => line.Flow.Id.Value).Take(limit)];
        bool incomingIsUsedUp = lines.Count(line => line.Sequence is not null) == incoming.Count;
        bool isEnd = isScanned && incomingIsUsedUp && own.Length < limit && lines.Count == own.Length + incoming.Count;
        HistoryCursor next = new(
            lines.LastOrDefault(line => line.Sequence is null)?.Flow.Id.Value ?? cursor.BeforeFlow,
            incomingIsUsedUp ? scannedTo : lines.LastOrDefault(line => line.Sequence is not null)?.Sequence ?? cursor.BeforeSequence);
        return new WalletHistoryPage(await PresentAsync(userId, lines, cancellationToken), isEnd ? null : next.ToString());
    }

    /// <summary>Transfers to the user before a ledger sequence, newest first.</summary>
    /// <returns>With the lowest sequence that was looked at, and whether nothing is left below it.</returns>
    private async ValueTask<(List<Line> Lines, ulong ScannedTo, bool IsScanned)> IncomingAsync(
        Guid userId, ulong beforeSequence, int limit, CancellationToken cancellationToken)
    {
        AccountAddress address = AccountAddress.Parse(ChartOfAccounts.UserAvailableAddress(userId));
        List<Line> lines = [];
        ulong before = beforeSequence;
        for (int page = 0; page < EntriesPagesMax; page++)
        {
            ImmutableArray<JournalEntry> entries = await ledger.GetEntriesAsync(address, before, EntriesPage, cancellationToken);
            foreach (JournalEntry entry in entries)
            {
                before = entry.Sequence;
                if (entry.Kind == TransactionKind.Posted && entry.Code == TransferCodes.WalletTransfer && entry.Credit.Address == address
                    && await FlowOfAsync(entry, cancellationToken) is { } flow)
                {
                    lines.Add(new Line(flow, entry.Sequence));
                }

                if (lines.Count == limit)
                {
                    return (lines, before, false);
                }
            }

            if (entries.Length < EntriesPage)
            {
                return (lines, before, true);
            }
        }

        return (lines, before, false);
    }

    private async ValueTask<Flow?> FlowOfAsync(JournalEntry entry, CancellationToken cancellationToken) =>
        Guid.TryParseExact(entry.Reference, "D", out Guid id) && await flows.GetAsync(new FlowId(id), cancellationToken) is { Kind: TransferFlow.Kind } flow
            ? flow
            : null;

    private async ValueTask<ImmutableArray<WalletHistoryItem>> PresentAsync(Guid userId, List<Line> lines, CancellationToken cancellationToken)
    {
        Flow[] transfers = [.. lines.Select(line => line.Flow).Where(flow => flow.Kind == TransferFlow.Kind)];
        IReadOnlyDictionary<Guid, string> words = await notes.GetAsync(transfers, cancellationToken);
        return [.. lines.Select(line => Present(userId, line.Flow, words.GetValueOrDefault(line.Flow.Id.Value)))];
    }

    private static WalletHistoryItem Present(Guid userId, Flow flow, string? note)
    {
        switch (flow.Kind)
        {
            case DepositFlow.Kind:
                Deposit deposit = DepositService.Present(flow);
                return new WalletHistoryItem(deposit.Id, "deposit", deposit.Status, deposit.Amount, null, null, deposit.CreatedAt);
            case WithdrawalFlow.Kind:
                Withdrawal withdrawal = WithdrawalService.Present(flow);
                return new WalletHistoryItem(withdrawal.Id, "withdrawal", withdrawal.Status, withdrawal.Amount, null, null, withdrawal.CreatedAt);
            case TransferFlow.Kind:
                WalletTransfer transfer = TransferService.Present(flow, note);
                bool isOut = transfer.FromWalletId == userId;
                return new WalletHistoryItem(
                    transfer.Id,
                    isOut ? "transfer_out" : "transfer_in",
                    "success",
                    transfer.Amount,
                    isOut ? transfer.ToWalletId : transfer.FromWalletId,
                    transfer.Note,
                    transfer.CreatedAt);
            default:
                throw new UnreachableException($"'{flow.Kind}' is no movement of a wallet.");
        }
    }
}
