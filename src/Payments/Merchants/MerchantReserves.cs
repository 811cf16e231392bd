using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Merchants;

/// <summary>A part of a capture that is kept back still.</summary>
/// <param name="Id">The pending transaction that keeps it.</param>
/// <param name="Left">Smallest units; above zero.</param>
internal readonly record struct ReservePart(TransactionId Id, UInt128 Left);

/// <summary>Finds what is kept back of a merchant's captures, in the ledger's own history, and frees it before its time.</summary>
/// <remarks>
/// The newest first, because it is read backwards: what has happened to a part is met before the part itself. What lies further back than is read is not found,
/// and becomes available by itself at its time.
/// </remarks>
internal sealed class MerchantReserves(ILedgerHistory history, TimeProvider timeProvider)
{
    private const int PageMax = 1_000;
    private const int PagesMax = 10;

    /// <summary>With the transfers that use it, far below what a submission may hold.</summary>
    private const int PartsMax = 40;

    /// <summary>The pending transaction of one capture's part.</summary>
    /// <param name="capture">From 1.</param>
    public static TransactionId IdOf(FlowId payment, int capture) => FlowTransactions.IdOf(payment, $"rolling_reserve:{capture}");

    /// <summary>Parts that make up an amount, or less when there is less.</summary>
    /// <param name="of">Only these, or all when it is <see langword="null"/>.</param>
    public async ValueTask<ImmutableArray<ReservePart>> FindAsync(
        Guid merchant, Asset asset, UInt128 wanted, IReadOnlySet<TransactionId>? of, CancellationToken cancellationToken)
    {
        AccountId reserve = MerchantAccounts.Reserve(merchant, asset).Id;
        ReserveReading reading = new(reserve, timeProvider.GetUtcNow());
        ImmutableArray<ReservePart>.Builder parts = ImmutableArray.CreateBuilder<ReservePart>();
        UInt128 found = UInt128.Zero;
        ulong before = ulong.MaxValue;
        for (int page = 0; page < PagesMax; page++)
        {
            ImmutableArray<JournalEntry> entries = await history.GetEntriesAsync(reserve.Address, before, PageMax, cancellationToken);
            foreach (JournalEntry entry in entries)
            {
                before = entry.Sequence;
                if (reading.Next(entry) is { } part && (of is null || of.Contains(part.Id)))
                {
                    parts.Add(part);
                    found += part.Left;
                }

                if (found >= wanted || parts.Count == PartsMax || parts.Count == of?.Count)
                {
                    return parts.ToImmutable();
                }
            }

            if (entries.Length < PageMax)
            {
                break;
            }
        }

        return parts.ToImmutable();
    }

    /// <summary>The transactions that free an amount of the parts; what they hold more stays kept back.</summary>
    /// <param name="flow">Whose movement needs it.</param>
    /// <param name="step">Of that flow, so that a repeat is the same.</param>
    public static ImmutableArray<Transaction> Free(ImmutableArray<ReservePart> parts, UInt128 amount, FlowId flow, string step)
    {
        ImmutableArray<Transaction>.Builder freed = ImmutableArray.CreateBuilder<Transaction>();
        UInt128 rest = amount;
        foreach (ReservePart part in parts)
        {
            UInt128 taken = UInt128.Min(part.Left, rest);
            if (taken == 0)
            {
                break;
            }

            rest -= taken;
            freed.Add(new Transaction
            {
                Id = FlowTransactions.IdOf(flow, $"{step}:{part.Id}"),
                Kind = taken == part.Left ? TransactionKind.Void : TransactionKind.Release,
                Related = part.Id,
                Amounts = taken == part.Left ? [] : [taken],
                Reference = flow.ToString(),
            });
        }

        return freed.ToImmutable();
    }

    /// <summary>Reads backwards what has become of each part.</summary>
    private sealed class ReserveReading(AccountId reserve, DateTimeOffset now)
    {
        private readonly HashSet<TransactionId> _over = [];
        private readonly Dictionary<TransactionId, UInt128> _freed = [];

        /// <returns>A part that holds something still, when the entry is its beginning.</returns>
        public ReservePart? Next(JournalEntry entry)
        {
            if (entry.Code != PaymentCodes.RollingReserve || entry.Credit != reserve)
            {
                return null;
            }

            if (entry.Kind == TransactionKind.Pending)
            {
                UInt128 freed = _freed.GetValueOrDefault(entry.TransactionId);
                bool isHeld = !_over.Contains(entry.TransactionId) && entry.Amount > freed && (entry.ExpiresAt is not { } end || end > now);
                return isHeld ? new ReservePart(entry.TransactionId, entry.Amount - freed) : null;
            }

            if (entry.Related is { } part)
            {
                if (entry.Kind == TransactionKind.Release)
                {
                    _freed[part] = _freed.GetValueOrDefault(part) + entry.Amount;
                }
                else
                {
                    _over.Add(part);
                }
            }

            return null;
        }
    }
}
