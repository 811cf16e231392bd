using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <param name="Available">What can be spent or withdrawn now. A withdrawal under way has left it.</param>
/// <param name="PendingIn">On its way in and not final; cannot be spent.</param>
/// <param name="Held">Reserved by holds; not in <paramref name="Available"/>.</param>
internal sealed record BalanceResponse(string Currency, string Available, string PendingIn, string Held);

/// <param name="Kind"><c>person</c> or <c>business</c>.</param>
internal sealed record WalletResponse(Guid WalletId, string Kind, IReadOnlyList<BalanceResponse> Balances)
{
    public static WalletResponse Of(Wallet wallet) => new(
        wallet.WalletId,
        wallet.Kind,
        [.. wallet.Balances.Select(balance => new BalanceResponse(
            balance.Asset.Code, balance.Available.ToMajorUnits(), balance.PendingIn.ToMajorUnits(), balance.Held.ToMajorUnits()))]);
}

/// <param name="Kind"><c>card</c>, <c>bank_account</c> or <c>paypal</c>.</param>
/// <param name="Account">Of a PayPal account, so much of its e-mail address or id that its owner knows it again.</param>
/// <param name="Status"><c>active</c> or <c>removing</c>.</param>
internal sealed record FundingSourceResponse(
    Guid Id, string Kind, string? Brand, string? Last4, string? BankName, string? Account, string Status, DateTimeOffset CreatedAt)
{
    public static FundingSourceResponse Of(FundingSource source) => new(
        source.Id, JsonConventions.SnakeCase(source.Kind.ToString()), source.Brand, source.Last4, source.BankName, source.Account, source.Status, source.CreatedAt);
}

/// <param name="Code">Stable.</param>
internal sealed record FailureResponse(string Code, string Message)
{
    public static FailureResponse? Of(MovementFailure? failure) => failure is null ? null : new FailureResponse(failure.Code, failure.Message);
}

/// <param name="Status"><c>pending</c>, <c>success</c> or <c>failed</c>.</param>
/// <param name="OutcomeUnknown">The provider's answer was lost; the status is <c>pending</c> until evidence says more. Do not pay again.</param>
/// <param name="UnderReview">The provider took something else than was ordered; a person decides, and the status is <c>pending</c>.</param>
/// <param name="PendingReason"><c>account_not_open</c>: the money arrived and waits in suspense until the wallet's account is open again; else null.</param>
internal sealed record DepositResponse(
    Guid Id,
    string Status,
    string Amount,
    string Currency,
    Guid SourceId,
    FailureResponse? Failure,
    bool OutcomeUnknown,
    bool UnderReview,
    string? PendingReason,
    DateTimeOffset CreatedAt)
{
    public static DepositResponse Of(Deposit deposit) => new(
        deposit.Id,
        deposit.Status,
        deposit.Amount.ToMajorUnits(),
        deposit.Amount.Asset.Code,
        deposit.SourceId,
        FailureResponse.Of(deposit.Failure),
        deposit.OutcomeUnknown,
        deposit.UnderReview,
        deposit.PendingReason,
        deposit.CreatedAt);
}

/// <param name="Status"><c>pending</c>, <c>in_transit</c>, <c>success</c>, <c>failed</c> (the money is back) or <c>returned</c> (paid, and came back).</param>
/// <param name="OutcomeUnknown">The provider's answer was lost; the money stays debited until evidence says more.</param>
/// <param name="PendingReason"><c>account_not_open</c>: the money came back and waits in suspense until the wallet's account is open again; <c>unclaimed</c> or <c>on_hold</c>: PayPal has it and has not paid it; else null.</param>
internal sealed record WithdrawalResponse(
    Guid Id,
    string Status,
    string Amount,
    string Currency,
    Guid DestinationId,
    FailureResponse? Failure,
    bool OutcomeUnknown,
    string? PendingReason,
    DateTimeOffset CreatedAt)
{
    public static WithdrawalResponse Of(Withdrawal withdrawal) => new(
        withdrawal.Id,
        withdrawal.Status,
        withdrawal.Amount.ToMajorUnits(),
        withdrawal.Amount.Asset.Code,
        withdrawal.DestinationId,
        FailureResponse.Of(withdrawal.Failure),
        withdrawal.OutcomeUnknown,
        withdrawal.PendingReason,
        withdrawal.CreatedAt);
}

/// <param name="Status"><c>success</c>: a transfer is done when it is answered.</param>
internal sealed record TransferResponse(
    Guid Id, string Status, Guid FromWalletId, Guid ToWalletId, string Amount, string Currency, string? Note, DateTimeOffset CreatedAt)
{
    public static TransferResponse Of(WalletTransfer transfer) => new(
        transfer.Id,
        "success",
        transfer.FromWalletId,
        transfer.ToWalletId,
        transfer.Amount.ToMajorUnits(),
        transfer.Amount.Asset.Code,
        transfer.Note,
        transfer.CreatedAt);
}

/// <param name="Type"><c>deposit</c>, <c>withdrawal</c>, <c>transfer_out</c> or <c>transfer_in</c>.</param>
/// <param name="CounterpartyWalletId">The other wallet of a transfer.</param>
internal sealed record HistoryItemResponse(
    Guid Id, string Type, string Status, string Amount, string Currency, Guid? CounterpartyWalletId, string? Note, DateTimeOffset CreatedAt)
{
    public static HistoryItemResponse Of(WalletHistoryItem item) => new(
        item.Id,
        item.Type,
        item.Status,
        item.Amount.ToMajorUnits(),
        item.Amount.Asset.Code,
        item.CounterpartyWalletId,
        item.Note,
        item.CreatedAt);
}
