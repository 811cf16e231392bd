namespace Florin.Ledger.StateMachine;

/// <summary>What the kinds of transactions have in common.</summary>
internal static class KindRules
{
    /// <summary>It acts on another transaction and may be submitted.</summary>
    public static bool RefersToAnother(this TransactionKind kind) => kind is
        TransactionKind.Post or TransactionKind.Void or TransactionKind.Reverse or TransactionKind.Increase or TransactionKind.Extend
        or TransactionKind.Release or TransactionKind.PostPart;

    public static bool MayNameAmounts(this TransactionKind kind) => kind is
        TransactionKind.Post or TransactionKind.Reverse or TransactionKind.Increase or TransactionKind.Release or TransactionKind.PostPart;

    /// <summary>It moves money or reserves more: open accounts and totals that fit are needed.</summary>
    public static bool MovesOrReserves(this TransactionKind kind) => kind is
        TransactionKind.Posted or TransactionKind.Pending or TransactionKind.Post or TransactionKind.Reverse or TransactionKind.Increase
        or TransactionKind.PostPart;

    /// <summary>Its amounts become posted.</summary>
    public static bool Posts(this TransactionKind kind) =>
        kind is TransactionKind.Posted or TransactionKind.Post or TransactionKind.PostPart or TransactionKind.Reverse;

    /// <summary>The amount of the transfer is decided by what its accounts hold.</summary>
    public static bool IsBalancing(this Transaction transaction, int index) =>
        transaction.Kind is TransactionKind.Posted or TransactionKind.Pending && transaction.Transfers[index].Balancing != Balancing.None;
}
