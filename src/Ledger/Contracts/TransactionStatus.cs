namespace Florin.Ledger;

/// <summary>What became of a transaction. Numbers are wire and storage format: append, never renumber.</summary>
/// <remarks>Listed in order of precedence: when several apply, the first is returned, so that a replay gives the same answer.</remarks>
public enum TransactionStatus : ushort
{
    /// <summary>Applied and durable.</summary>
    Created = 0,

    /// <summary>The same transaction was applied before; a retry is a success for the caller.</summary>
    Exists = 1,

    /// <summary>The id is zero.</summary>
    IdMustNotBeZero = 10,

    /// <summary>The id is all ones.</summary>
    IdMustNotBeMax = 11,

    /// <summary>The id belongs to a transaction of another kind.</summary>
    ExistsWithDifferentKind = 20,

    /// <summary>The id belongs to a transaction that refers to another one.</summary>
    ExistsWithDifferentRelated = 21,

    /// <summary>The id belongs to a transaction with more or fewer transfers.</summary>
    ExistsWithDifferentTransferCount = 22,

    /// <summary>The named transfer debited another account.</summary>
    ExistsWithDifferentDebitAccount = 23,

    /// <summary>The named transfer credited another account.</summary>
    ExistsWithDifferentCreditAccount = 24,

    /// <summary>The named transfer had another amount.</summary>
    ExistsWithDifferentAmount = 25,

    /// <summary>The named transfer had another code.</summary>
    ExistsWithDifferentCode = 26,

    /// <summary>Kind, reference to another and transfers are the same, the effective date is not.</summary>
    ExistsWithDifferentEffectiveDate = 27,

    /// <summary>All up to the effective date is the same, the reference is not.</summary>
    ExistsWithDifferentReference = 28,

    /// <summary>All is the same but the metadata.</summary>
    ExistsWithDifferentMetadata = 29,

    /// <summary>All is the same but what else was asked: balancing, conditions, the policy for closed periods.</summary>
    ExistsWithDifferentTerms = 30,

    /// <summary>The id belongs to a pending transaction, or to an extension, with another time-out.</summary>
    ExistsWithDifferentTimeout = 31,

    /// <summary>The kind is none of those that may be submitted.</summary>
    KindUnknown = 40,

    /// <summary>A posted or pending transaction refers to nothing.</summary>
    RelatedMustBeAbsent = 41,

    /// <summary>What acts on another transaction names it.</summary>
    RelatedMustBePresent = 42,

    /// <summary>A transaction cannot refer to itself.</summary>
    RelatedMustBeDifferent = 43,

    /// <summary>A posted or pending transaction has at least one transfer.</summary>
    TransfersMustBePresent = 44,

    /// <summary>What acts on another transaction takes its transfers from it.</summary>
    TransfersMustBeAbsent = 45,

    /// <summary>More than 64 transfers.</summary>
    TooManyTransfers = 46,

    /// <summary>Only posts, releases, increases and reversals have amounts of their own.</summary>
    AmountsMustBeAbsent = 47,

    /// <summary>More than 200 characters.</summary>
    ReferenceTooLong = 48,

    /// <summary>More than 8,192 characters.</summary>
    MetadataTooLong = 49,

    /// <summary>Holds a NUL character or half of a surrogate pair, which no text column takes.</summary>
    ReferenceMalformed = 50,

    /// <summary>As with the reference.</summary>
    MetadataMalformed = 51,

    /// <summary>Only a pending transaction and an extension have a time-out.</summary>
    TimeoutMustBeAbsent = 52,

    /// <summary>An extension says how long.</summary>
    TimeoutMustBePresent = 53,

    /// <summary>Not between a second and ten years, or not whole microseconds.</summary>
    TimeoutOutOfRange = 54,

    /// <summary>More than 64 conditions.</summary>
    TooManyConditions = 55,

    /// <summary>A measure, comparison, balancing or policy of the command is not known.</summary>
    TermUnknown = 56,

    /// <summary>An increase says by how much.</summary>
    AmountsMustBePresent = 57,

    /// <summary>The named transfer moves nothing.</summary>
    AmountMustNotBeZero = 60,

    /// <summary>The named transfer does not say why it moves money.</summary>
    CodeMustBePositive = 61,

    /// <summary>The named transfer debits the account that it credits.</summary>
    AccountsMustBeDifferent = 62,

    /// <summary>The accounts of the named transfer hold different assets.</summary>
    AssetsMustBeSame = 63,

    /// <summary>Transient: the account may be opened and the same transaction sent again.</summary>
    DebitAccountNotFound = 64,

    /// <summary>Transient: the account may be opened and the same transaction sent again.</summary>
    CreditAccountNotFound = 65,

    /// <summary>The named transfer asks for a minimum without balancing, or for more than its amount.</summary>
    MinimumMalformed = 66,

    /// <summary>Transient: a condition speaks of an account that is not open.</summary>
    ConditionAccountNotFound = 67,

    /// <summary>The effective date lies in a closed period.</summary>
    PeriodClosed = 70,

    /// <summary>Transient: the related transaction may arrive later.</summary>
    RelatedNotFound = 80,

    /// <summary>Only a pending transaction can be posted or voided.</summary>
    RelatedNotPending = 81,

    /// <summary>Only a posted transaction, or the post of a pending one, can be reversed.</summary>
    RelatedNotPosted = 82,

    /// <summary>The pending transaction was posted before.</summary>
    RelatedAlreadyPosted = 83,

    /// <summary>The pending transaction was voided before.</summary>
    RelatedAlreadyVoided = 84,

    /// <summary>There must be one amount for each transfer of the related transaction.</summary>
    AmountsCountDiffers = 85,

    /// <summary>All amounts are zero, or nothing is left to reverse.</summary>
    NothingToDo = 86,

    /// <summary>More than the pending transfer holds, or more than is left of the original to reverse.</summary>
    ExceedsRelatedAmount = 87,

    /// <summary>The time of the pending transaction had come.</summary>
    RelatedExpired = 88,

    /// <summary>The pending transaction has no time-out that could be extended.</summary>
    RelatedHasNoTimeout = 89,

    /// <summary>An extension must end later than what it extends.</summary>
    ExpiryMustBeLater = 90,

    /// <summary>Transient: the debited account of the named transfer is frozen or closed.</summary>
    DebitAccountNotOpen = 95,

    /// <summary>Transient: the credited account of the named transfer is frozen or closed.</summary>
    CreditAccountNotOpen = 96,

    /// <summary>A total of an account could leave 128 bits.</summary>
    OverflowsTotals = 100,

    /// <summary>Transient: the named balancing transfer could not move its minimum.</summary>
    BelowMinimum = 105,

    /// <summary>
    /// Transient: the transaction raises what customers are owed of an asset without as much more being held for them, and the house's own surplus
    /// there does not cover it. The named transfer is the first that credits a customer. Bring the funds first.
    /// </summary>
    ExceedsSafeguarded = 108,

    /// <summary>Transient: the debited account does not have that much available now.</summary>
    ExceedsCredits = 110,

    /// <summary>Transient: the credited account does not have that much to give now.</summary>
    ExceedsDebits = 111,

    /// <summary>Transient: a condition on a balance does not hold.</summary>
    ConditionFailed = 112,

    /// <summary>Transient: a limit of the submission would be exceeded.</summary>
    LimitExceeded = 113,

    /// <summary>Another transaction of the same submission was refused, so this one was not applied.</summary>
    LinkedTransactionFailed = 120,

    /// <summary>An account of the submission is already open with another normal side or other flags, or its asset has another scale in this ledger.</summary>
    AccountDefinitionDiffers = 121,

    /// <summary>An account change names an account that is not there.</summary>
    AccountNotFound = 122,

    /// <summary>An account is closed only when its posted debits equal its posted credits.</summary>
    AccountNotEmpty = 123,

    /// <summary>Only days before the day of the ledger's time stamp can be closed.</summary>
    PeriodNotOver = 124,

    /// <summary>The state that a commit participant expected had changed; nothing was applied. Load it and decide anew.</summary>
    ParticipantConflict = 130,

    /// <summary>The submission came to its turn after its deadline. It was definitely not applied.</summary>
    DeadlinePassed = 131,
}

public static class TransactionStatusExtensions
{
    /// <summary>The transaction stands in the ledger.</summary>
    public static bool IsApplied(this TransactionStatus status) => status is TransactionStatus.Created or TransactionStatus.Exists;
}
