using Florin.Flows;
using Florin.Wallets.Deposits;
using Florin.Wallets.FundingSources;
using Florin.Wallets.History;
using Florin.Wallets.Inbound;
using Florin.Wallets.Payouts;
using Florin.Wallets.Recovered;
using Florin.Wallets.Steps;
using Florin.Wallets.Transfers;
using Florin.Wallets.Withdrawals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Florin.Wallets;

/// <summary>Registers the wallets.</summary>
public static class WalletsServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IWallets"/>, <see cref="IPayouts"/>, the handlers of its flows and of its providers' events. Uses the registered <c>IFlows</c>, <c>ILedger</c>,
    /// <c>ILedgerHistory</c>, <c>IPaymentProvider</c>, each <c>IPayoutProvider</c>, <c>IUsers</c>, <c>IDatabase</c>, <c>IdSource</c> and <see cref="TimeProvider"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static IServiceCollection AddWallets(this IServiceCollection services, WalletOptions options)
    {
        services.AddMetrics();
        services.AddSingleton(options.Check());
        services.TryAddSingleton<IWalletOwners, IdentityOwners>();
        services.TryAddSingleton<SubmissionPermits>();
        services.AddSingleton<LedgerPulse>();
        services.AddSingleton<FundingSourceStore>();
        services.AddSingleton<IPayoutDestinations>(provider => provider.GetRequiredService<FundingSourceStore>());
        services.AddSingleton<PayoutRails>();
        services.AddSingleton<FundingSourceService>();
        services.AddSingleton<PayPalAccountService>();
        services.AddSingleton<TransferNotes>();
        services.AddSingleton<DepositService>();
        services.AddSingleton<WithdrawalCancel>();
        services.AddSingleton<WithdrawalService>();
        services.AddSingleton<TransferService>();
        services.AddSingleton<RecoveredService>();
        services.AddSingleton<WalletBalances>();
        services.AddSingleton<WalletHistory>();
        services.AddSingleton<InboundMetrics>();
        services.AddSingleton<IFlowHandler, DepositHandler>();
        services.AddSingleton<IFlowHandler, WithdrawalHandler>();
        services.AddSingleton<IFlowHandler, TransferHandler>();
        services.AddSingleton<IFlowHandler, RecoveredHandler>();
        services.AddSingleton<IInboundEventHandler, StripeEventHandler>();
        services.AddSingleton<IInboundEventHandler, PayPalPayoutEventHandler>();
        services.AddSingleton<IWallets, WalletFacade>();
        services.AddPayouts();
        return services;
    }

    private static void AddPayouts(this IServiceCollection services)
    {
        services.AddSingleton<PayoutLines>();
        services.AddSingleton<PayoutService>();
        services.AddSingleton<PayoutBatchService>();
        services.AddSingleton<PayoutScheduleService>();
        services.AddSingleton<IFlowHandler, PayoutHandler>();
        services.AddSingleton<IFlowHandler, PayoutBatchHandler>();
        services.AddSingleton<IFlowHandler, PayoutScheduleHandler>();
        services.AddSingleton<IPayouts, PayoutFacade>();
    }
}
