using Florin.Flows;
using Florin.Wallets.Deposits;
using Florin.Wallets.Transfers;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets;

/// <summary>Movements as they were at a version of their flow, for events.</summary>
public static class MovementSnapshots
{
    public const string DepositKind = DepositFlow.Kind;
    public const string WithdrawalKind = WithdrawalFlow.Kind;
    public const string TransferKind = TransferFlow.Kind;

    public static Deposit Deposit(Flow flow) => DepositService.Present(flow);

    public static Withdrawal Withdrawal(Flow flow) => WithdrawalService.Present(flow);

    /// <summary>Without its note, which is what people write to each other.</summary>
    public static WalletTransfer Transfer(Flow flow) => TransferService.Present(flow, note: null);
}
