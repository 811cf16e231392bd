using System.Collections.Concurrent;
using Dapper;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;
using Florin.Storage;
using Florin.Storage.Database;
using Florin.Tests.Support;
using Florin.Wallets;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>The wallets on the real ledger, flow runner and PostgreSQL; only the provider is scripted. The database's owner judges.</summary>
internal sealed class WalletBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];

    private WalletBench(TestDatabase database, WalletOptions options)
    {
        Database = database;
        ServiceCollection services = new();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IdSource>(new SystemIdSource(TimeProvider.System));
        services.AddSingleton<IDatabase>(database);
        services.AddSingleton<IPaymentProvider>(Provider);
        services.AddSingleton<IPayoutProvider>(Provider);
        services.AddSingleton<IWalletOwners>(Owners);
        services.AddLedgerStorage(new LedgerOptions());
        services.AddFlowStorage();
        services.AddFlows();
        services.AddWallets(options);
        _services = services.BuildServiceProvider();
    }

    public TestDatabase Database { get; }

    public ScriptedProvider Provider { get; } = new();

    public KnownOwners Owners { get; } = new();

    public IWallets Wallets => _services.GetRequiredService<IWallets>();

    public IFlows Flows => _services.GetRequiredService<IFlows>();

    public IWebhookInbox Inbox => _services.GetRequiredService<IWebhookInbox>();

    public IInboxWorker Worker => _services.GetRequiredService<IInboxWorker>();

    public ILedger Ledger => _services.GetRequiredService<ILedger>();

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<WalletBench> StartAsync(WalletOptions? options = null)
    {
        WalletBench bench = new(await TestDatabase.CreateAsync(), options ?? new WalletOptions());
        await bench._services.GetRequiredService<ILedgerHost>().StartAsync(Cancellation);
        IFlowEngine engine = bench._services.GetRequiredService<IFlowEngine>();
        await engine.DeclareAsync(Cancellation);
        bench._loops.Add(engine.RunAsync(bench._stop.Token));
        bench._loops.Add(bench.Worker.RunAsync(bench._stop.Token));
        return bench;
    }

    /// <summary>A user with a linked card.</summary>
    public async Task<(WalletCaller Caller, Guid Card)> NewUserAsync(string? email = null)
    {
        WalletCaller caller = Owners.Add(email);
        FundingSourceOutcome outcome = await Wallets.AddFundingSourceAsync(caller.UserId, "pm_card_visa", Cancellation);
        return (caller, Assert.IsType<FundingSourceOutcome.Done>(outcome).Source.Id);
    }

    /// <summary>A user with a linked card and a balance.</summary>
    public async Task<(WalletCaller Caller, Guid Card)> NewUserWithAsync(ulong cents, string? email = null)
    {
        (WalletCaller caller, Guid card) = await NewUserAsync(email);
        await Wallets.StartDepositAsync(caller, $"opening {caller.UserId}", Usd(cents), card, Cancellation);
        Assert.Equal((long)cents, await AvailableAsync(caller));
        return (caller, card);
    }

    public static Money Usd(ulong cents) => new(cents, Assets.Get("USD"));

    /// <summary>What the service says is available, in cents.</summary>
    public async Task<long> AvailableAsync(WalletCaller caller)
    {
        Wallet? wallet = await Wallets.GetWalletAsync(caller.UserId, Cancellation);
        return (long)(wallet!.Balances.SingleOrDefault(balance => balance.Asset.Code == "USD")?.Available.MinorUnits ?? 0);
    }

    /// <summary>Posted credits less posted debits of an address, by the owner's SQL over the journal alone.</summary>
    public async Task<long> PostedAsync(string address)
    {
        await using NpgsqlConnection connection = await Database.Owner.OpenConnectionAsync(Cancellation);
        return await connection.ExecuteScalarAsync<long>(
            """
            select coalesce(sum(case when credit.address = @address then amount else 0 end - case when debit.address = @address then amount else 0 end), 0)::bigint
            from ledger.transfers
            join ledger.accounts debit on debit.number = debit_account
            join ledger.accounts credit on credit.number = credit_account
            where kind in (1, 3, 5)
            """,
            new { address });
    }

    public async Task<Flow> UntilAsync(Guid id, Func<Flow, bool> condition)
    {
        while (true)
        {
            Cancellation.ThrowIfCancellationRequested();
            if (await Flows.GetAsync(new FlowId(id), Cancellation) is { } flow && condition(flow))
            {
                return flow;
            }

            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Task loop in _loops)
        {
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _services.DisposeAsync();
        _stop.Dispose();
        await Database.DisposeAsync();
    }

    /// <summary>Users by hand.</summary>
    internal sealed class KnownOwners : IWalletOwners
    {
        private readonly ConcurrentDictionary<Guid, WalletOwner> _owners = new();
        private readonly ConcurrentDictionary<string, Guid> _emails = new(StringComparer.OrdinalIgnoreCase);
        private readonly SystemIdSource _ids = new(TimeProvider.System);

        public WalletCaller Add(string? email)
        {
            Guid id = _ids.NextId();
            _owners[id] = new WalletOwner(id, "person");
            if (email is not null)
            {
                _emails[email] = id;
            }

            return new WalletCaller(id, $"user:{id:D}");
        }

        public ValueTask<WalletOwner?> FindAsync(Guid userId, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_owners.GetValueOrDefault(userId));

        public ValueTask<WalletOwner?> FindByEmailAsync(string email, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_emails.TryGetValue(email, out Guid id) ? _owners.GetValueOrDefault(id) : null);
    }
}
