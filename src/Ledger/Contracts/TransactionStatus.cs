namespace Florin.Ledger;

/// <summary>What became of a transaction. Numbers are wire and storage format: append, never renumber.</summary>
/// <remarks>Listed in order of precedence: when several apply, the first is returned, so that a replay gives the same answer.</remarks>
public enum TransactionStatus : ushort
{
    /// <summary>Applied and durable.</summary>
    Created = 0,

    /// <summary>The same transaction was applied before; a retry is a success for the caller.</summary>
    Exists = 1,

    IdMustNotBeZero = 10,
    IdMustNotBeMax = 11,

    ExistsWithDifferentKind = 20,
    ExistsWithDifferentRelated = 21,
    ExistsWithDifferentTransferCount = 22,
    ExistsWithDifferentDebitAccount = 23,
    ExistsWithDifferentCreditAccount = 24,
    ExistsWithDifferentAmount = 25,
    ExistsWithDifferentCode = 26,
    ExistsWithDifferentEffectiveDate = 27,
    ExistsWithDifferentReference = 28,
    ExistsWithDifferentMetadata = 29,

    KindUnknown = 40,
    RelatedMustBeAbsent = 41,
    RelatedMustBePresent = 42,
    RelatedMustBeDifferent = 43,
    TransfersMustBePresent = 44,
    TransfersMustBeAbsent = 45,
    TooManyTransfers = 46,
    AmountsMustBeAbsent = 47,
    ReferenceTooLong = 48,
    MetadataTooLong = 49,

    /// <summary>Holds a NUL character or half of a surrogate pair, which no text column takes.</summary>
    ReferenceMalformed = 50,
    MetadataMalformed = 51,

    AmountMustNotBeZero = 60,
    CodeMustBePositive = 61,
    AccountsMustBeDifferent = 62,
    AssetsMustBeSame = 63,

    /// <summary>Transient: the account may be opened and the same transaction sent again.</summary>
    DebitAccountNotFound = 64,

    /// <summary>Transient: the account may be opened and the same transaction sent again.</summary>
    CreditAccountNotFound = 65,

    /// <summary>Transient: the related transaction may arrive later.</summary>
    RelatedNotFound = 80,
    RelatedNotPending = 81,
    RelatedNotPosted = 82,
    RelatedAlreadyPosted = 83,
    RelatedAlreadyVoided = 84,
    AmountsCountDiffers = 85,

    /// <summary>All amounts are zero, or nothing is left to reverse.</summary>
    NothingToDo = 86,

    /// <summary>More than the pending transfer holds, or more than is left of the original to reverse.</summary>
    ExceedsRelatedAmount = 87,

    OverflowsTotals = 100,

    /// <summary>Transient: the debited account does not have that much available now.</summary>
    ExceedsCredits = 110,

    /// <summary>Transient: the credited account does not have that much to give now.</summary>
    ExceedsDebits = 111,

    /// <summary>Another transaction of the same submission was refused, so this one was not applied.</summary>
    LinkedTransactionFailed = 120,

    /// <summary>An account of the submission is already open with another normal side or other flags, or its asset has another scale in this ledger.</summary>
    AccountDefinitionDiffers = 121,

    /// <summary>The state that a commit participant expected had changed; nothing was applied. Load it and decide anew.</summary>
    ParticipantConflict = 130,
}

public static class TransactionStatusExtensions
{
    /// <summary>The transaction stands in the ledger.</summary>
    public static bool IsApplied(this TransactionStatus status) => status is TransactionStatus.Created or TransactionStatus.Exists;
}
