namespace Florin.Payments;

/// <summary>Why money moves in the payments' part of the books. Numbers are stored with every transfer: append, never renumber.</summary>
/// <remarks>2100 to 2199 payments, 2200 to 2299 refunds, 2300 to 2399 disputes, 2400 to 2499 settlement. Posts, voids and reversals carry the code of what they change.</remarks>
public static class PaymentCodes
{
    /// <summary>Captured for a merchant, less the fee: Dr psp clearing / Cr merchant available.</summary>
    public const int Capture = 2101;

    /// <summary>The house's fee: Dr psp clearing / Cr revenue fees.</summary>
    public const int CaptureFee = 2102;

    /// <summary>What a merchant owes is repaid from what is captured: Dr psp clearing / Cr merchant receivable.</summary>
    public const int Collection = 2103;

    /// <summary>Captured, but not what was ordered, or paid already: Dr psp clearing / Cr suspense (faults W-11, I-09).</summary>
    public const int CaptureToSuspense = 2104;

    /// <summary>What can be refunded of a payment: Dr memorandum / Cr refundable.</summary>
    public const int Refundable = 2105;

    /// <summary>Kept back of a capture for a time: pending Dr merchant available / Cr reserve.</summary>
    public const int RollingReserve = 2106;

    /// <summary>Given back to the payer: Dr merchant available / Cr psp clearing.</summary>
    public const int Refund = 2201;

    /// <summary>The fee's share of a refund: Dr revenue fees / Cr psp clearing.</summary>
    public const int RefundFee = 2202;

    /// <summary>What a refund or dispute takes of what can be refunded: Dr refundable / Cr memorandum.</summary>
    public const int RefundReserve = 2203;

    /// <summary>The provider withholds what is disputed, or gives it back: Dr or Cr dispute held against psp clearing.</summary>
    public const int DisputeHeld = 2301;

    /// <summary>Taken from the merchant, who may win it back: Dr merchant available or receivable / Cr reserve.</summary>
    public const int DisputeReserve = 2302;

    /// <summary>Lost: Dr reserve / Cr dispute held.</summary>
    public const int DisputeLost = 2303;

    /// <summary>What the provider takes for a dispute: Dr expense psp fees / Cr psp clearing.</summary>
    public const int DisputeFee = 2304;

    /// <summary>What is owed for a lost dispute is repaid from what was kept back: Dr merchant available / Cr merchant receivable.</summary>
    public const int DisputeRepaid = 2305;

    /// <summary>Lost although it had been given back before: Dr claim / Cr merchant receivable or available (fault R-05).</summary>
    public const int DisputeClaim = 2306;

    /// <summary>The house makes up for a claim until it is paid: Dr bank safeguarded / Cr bank operating.</summary>
    public const int DisputeClaimMadeUp = 2307;

    /// <summary>What a dispute in another currency moved more or less than at the rate of its payment: dispute held, psp clearing and fx gain_loss (fault R-08).</summary>
    public const int DisputeExchange = 2308;

    /// <summary>Arrived at the bank, net: Dr bank safeguarded / Cr psp clearing; a refund, a dispute or a return the other way.</summary>
    public const int Settlement = 2401;

    /// <summary>What the provider kept of it: Dr expense psp fees / Cr psp clearing or bank safeguarded.</summary>
    public const int SettlementFee = 2402;

    /// <summary>The house makes up for it: Dr bank safeguarded / Cr bank operating.</summary>
    public const int SettlementTopUp = 2403;

    /// <summary>Settled less than was captured: Dr expense settlement differences / Cr psp clearing (fault R-14).</summary>
    public const int SettlementDifference = 2404;

    /// <summary>Settled, and nobody is named for it: Dr bank safeguarded / Cr suspense.</summary>
    public const int SettlementToSuspense = 2405;

    /// <summary>Taken from a settlement, and nobody is named for it: Dr shortfall / Cr bank safeguarded.</summary>
    public const int SettlementShortfall = 2406;

    /// <summary>A settlement did not arrive: Dr psp clearing / Cr bank safeguarded (fault R-17).</summary>
    public const int SettlementReturned = 2407;

    /// <summary>The scheme did not pay: Dr merchant available or receivable / Cr psp clearing (fault R-17).</summary>
    public const int PaymentReversed = 2408;

    /// <summary>Every code with its meaning, for the docs and for reports.</summary>
    public static IReadOnlyDictionary<int, string> Meanings { get; } = new SortedDictionary<int, string>
    {
        [Capture] = "captured for a merchant, less the fee",
        [CaptureFee] = "fee of a capture",
        [Collection] = "what a merchant owes repaid from a capture",
        [CaptureToSuspense] = "captured amount that belongs to no order",
        [Refundable] = "what can be refunded of a payment",
        [RollingReserve] = "kept back of a capture for a time",
        [Refund] = "given back to the payer",
        [RefundFee] = "the fee's share of a refund",
        [RefundReserve] = "what a refund or dispute takes of what can be refunded",
        [DisputeHeld] = "disputed money that the provider withholds or gives back",
        [DisputeReserve] = "disputed money taken from or given back to the merchant",
        [DisputeLost] = "disputed money lost",
        [DisputeFee] = "the provider's fee of a dispute",
        [DisputeRepaid] = "owed for a lost dispute, repaid from the reserve",
        [DisputeClaim] = "lost in a dispute after it had been given back, claimed from the provider",
        [DisputeClaimMadeUp] = "a claim made up for by the house",
        [DisputeExchange] = "difference of exchange of a dispute",
        [Settlement] = "settled to the bank",
        [SettlementFee] = "what the provider kept of a settlement",
        [SettlementTopUp] = "the provider's fee made up for by the house",
        [SettlementDifference] = "settled less than was captured",
        [SettlementToSuspense] = "settled amount that belongs to no payment",
        [SettlementShortfall] = "amount taken from a settlement that belongs to no payment",
        [SettlementReturned] = "a settlement that did not arrive",
        [PaymentReversed] = "a captured payment that the scheme did not pay",
    };
}
