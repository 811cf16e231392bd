namespace Florin.Wallets;

/// <summary>Why money moves in the wallets' part of the books. Numbers are stored with every transfer: append, never renumber.</summary>
/// <remarks>
/// 1100 to 1199 deposits, 1200 to 1299 transfers between wallets, 1300 to 1399 withdrawals, 1400 to 1499 what was
/// found at a provider after a restore, 1500 to 1599 payouts of merchants. A reversal and the posting or voiding of a pending
/// transfer carry the code of the transfer that they change: a refunded withdrawal is a reversed <see cref="Withdrawal"/>, a returned payout is a
/// reversed <see cref="PayoutPaid"/> together with a reversed <see cref="Withdrawal"/>.
/// </remarks>
public static class TransferCodes
{
    /// <summary>Captured at a provider for a user: Dr psp clearing / Cr user available.</summary>
    public const int Deposit = 1101;

    /// <summary>Captured at a provider, but not what was ordered: Dr psp clearing / Cr suspense (fault W-11).</summary>
    public const int DepositToSuspense = 1102;

    /// <summary>Captured for a user whose account is frozen or closed: Dr psp clearing / Cr user suspense (fault L-12).</summary>
    public const int DepositHeld = 1103;

    /// <summary>From suspense to the user whose account is open again: Dr user suspense / Cr user available.</summary>
    public const int DepositReleased = 1104;

    /// <summary>From one wallet to another: Dr user available / Cr user available.</summary>
    public const int WalletTransfer = 1201;

    /// <summary>Taken from a user for a payout: Dr user available / Cr payout in transit.</summary>
    public const int Withdrawal = 1301;

    /// <summary>The payout left the provider's balance: Dr payout in transit / Cr psp clearing.</summary>
    public const int PayoutPaid = 1302;

    /// <summary>Came back from a payout for a user whose account is frozen or closed: Dr payout in transit / Cr user suspense (fault L-12).</summary>
    public const int WithdrawalHeld = 1303;

    /// <summary>From suspense to the user whose account is open again: Dr user suspense / Cr user available.</summary>
    public const int WithdrawalReleased = 1304;

    /// <summary>Captured for a flow that a restored database does not have: Dr psp clearing / Cr suspense (fault T-06).</summary>
    public const int RecoveredPayment = 1401;

    /// <summary>Paid out for a flow that a restored database does not have: Dr shortfall / Cr psp clearing (fault T-06).</summary>
    public const int RecoveredPayout = 1402;

    /// <summary>Taken from a merchant for a payout: Dr merchant available / Cr payout in transit.</summary>
    public const int MerchantPayout = 1501;

    /// <summary>Came back from a payout for a merchant whose account is frozen or closed: Dr payout in transit / Cr merchant suspense (fault L-12).</summary>
    public const int MerchantPayoutHeld = 1502;

    /// <summary>From suspense to the merchant whose account is open again: Dr merchant suspense / Cr merchant available.</summary>
    public const int MerchantPayoutReleased = 1503;

    /// <summary>Every code with its meaning, for the docs and for reports.</summary>
    public static IReadOnlyDictionary<int, string> Meanings { get; } = new SortedDictionary<int, string>
    {
        [Deposit] = "deposit captured at a provider",
        [DepositToSuspense] = "captured amount that does not match its order",
        [DepositHeld] = "deposit held in suspense because the account is not open",
        [DepositReleased] = "deposit released from suspense to its wallet",
        [WalletTransfer] = "transfer between wallets",
        [Withdrawal] = "withdrawal taken from a wallet",
        [PayoutPaid] = "payout proven to be paid",
        [WithdrawalHeld] = "returned withdrawal held in suspense because the account is not open",
        [WithdrawalReleased] = "returned withdrawal released from suspense to its wallet",
        [RecoveredPayment] = "payment found at a provider after a restore",
        [RecoveredPayout] = "payout found at a provider after a restore",
        [MerchantPayout] = "payout taken from a merchant's balance",
        [MerchantPayoutHeld] = "returned payout held in suspense because the merchant's account is not open",
        [MerchantPayoutReleased] = "returned payout released from suspense to its merchant",
    };
}
