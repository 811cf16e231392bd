namespace Florin.Ledger.StateMachine;

/// <summary>What the guards found: a refusal, an existing transaction, or that it may be applied.</summary>
/// <param name="Related">What it acts on.</param>
internal readonly record struct TransactionCheck(
    TransactionStatus Status, int TransferIndex, TransactionRecord? Existing, TransactionRecord? Related)
{
    public static TransactionCheck Refuse(TransactionStatus status, int transferIndex = -1) => new(status, transferIndex, null, null);

    public static TransactionCheck Repeat(TransactionStatus status, TransactionRecord existing, int transferIndex = -1) =>
        new(status, transferIndex, existing, null);

    public static TransactionCheck Pass(TransactionRecord? related = null) => new(TransactionStatus.Created, -1, null, related);
}
