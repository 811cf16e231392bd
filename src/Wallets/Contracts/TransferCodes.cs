namespace Florin.Wallets;

/// <summary>Why money moves in the wallets' part of the books. Numbers are stored with every transfer: append, never renumber.</summary>
/// <remarks>
/// 1100 to 1199 deposits, 1200 to 1299 transfers between wallets, 1300 to 1399 withdrawals. A reversal and the posting or voiding of a pending
/// transfer carry the code of the transfer that they change: a refunded withdrawal is a reversed <see cref="Withdrawal"/>, a returned payout is a
/// reversed <see cref="PayoutPaid"/> together with a reversed <see cref="Withdrawal"/>.
/// </remarks>
public static class TransferCodes
{
    /// <summary>Captured at a provider for a user: Dr psp clearing / Cr user available.</summary>
    public const int Deposit = 1101;

    /// <summary>Captured at a provider, but not what was ordered: Dr psp clearing / Cr suspense (fault W-11).</summary>
    public const int DepositToSuspense = 1102;

    /// <summary>From one wallet to another: Dr user available / Cr user available.</summary>
    public const int WalletTransfer = 1201;

    /// <summary>Taken from a user for a payout: Dr user available / Cr payout in transit.</summary>
    public const int Withdrawal = 1301;

    /// <summary>The payout left the provider's balance: Dr payout in transit / Cr psp clearing.</summary>
    public const int PayoutPaid = 1302;

    /// <summary>Every code with its meaning, for the docs and for reports.</summary>
    public static IReadOnlyDictionary<int, string> Meanings { get; } = new SortedDictionary<int, string>
    {
        [Deposit] = "deposit captured at a provider",
        [DepositToSuspense] = "captured amount that does not match its order",
        [WalletTransfer] = "transfer between wallets",
        [Withdrawal] = "withdrawal taken from a wallet",
        [PayoutPaid] = "payout proven to be paid",
    };
}
