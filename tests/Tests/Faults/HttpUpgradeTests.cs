using System.Text.Json;
using Florin.Storage.Database;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A server that goes on while a newer version migrates its database.</summary>
public sealed class HttpUpgradeTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    [Fact]
    [Fault("T-05")]
    public async Task A_running_server_goes_on_beside_a_newer_schema_and_leaves_newer_flows_alone()
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        HttpAnswer newer = await world.DepositAsync(user, "5.00", sourceId: user.BankId);
        await world.StateAsync(newer.Id, "pending");
        Migration[] known = [.. TestMigrations.All.SelectMany(Migration.Load)];
        Migration added = Migration.Of(
            "flows",
            known.Count(migration => migration.Module == "flows") + 1,
            "newer",
            """
            alter table flows.flow add column priority integer not null default 0;
            create table flows.screening (flow_id uuid primary key);
            """);
        Assert.Equal(1, await new Migrator(world.Database.Owner, hasAppRole: true, TimeProvider.System, _ => { }).MigrateAsync([.. known, added], CancellationToken.None));

        // What newer code writes: a state of a known kind, and a kind, that this program does not declare; both due.
        await world.Database.ExecuteAsync(
            $"""
            insert into flows.transition (kind, from_state, to_state, events) values
                ('wallet.deposit', 'pending', 'screening', 'screen'), ('wallet.deposit', 'screening', 'pending', 'pass'), ('wallet.gift', '', 'wrapped', 'start');
            update flows.flow set state = 'screening', version = version + 1, due_at = now() - interval '1 hour', lease = null, lease_until = null where id = '{newer.Id}';
            insert into flows.flow (id, kind, state, version, data, owner_id, created_at, updated_at, due_at)
            values (gen_random_uuid(), 'wallet.gift', 'wrapped', 1, '{"{}"}', '{user.Id}', now(), now(), now() - interval '1 hour');
            """);
        string seen = await NewerAsync();

        // The old server does all that it did, for longer than it takes to look for what is due.
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(201, (await world.DepositAsync(user, "2.00")).Status);
            HttpAnswer debit = await world.DepositAsync(user, "1.00", sourceId: user.BankId);
            HttpAnswer payout = await world.WithdrawAsync(user, "3.00");
            await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(1));
            await world.StateAsync(debit.Id, "succeeded");
            await world.StateAsync(payout.Id, "succeeded");
        }

        Assert.Equal(5_000, await world.BalanceAsync(user));
        Assert.Equal(seen, await NewerAsync());
        JsonElement shown = await world.Server.GetAsync($"/wallets/deposits/{newer.Id}", user.Token);
        Assert.Equal("pending", shown.GetProperty("status").GetString());
        await world.Server.GetAsync("/wallets/history", user.Token);

        // The newer program gives it back in a state that the old one knows: it goes on where it was.
        await world.Database.ExecuteAsync($"update flows.flow set state = 'pending', version = version + 1 where id = '{newer.Id}'");
        await world.StateAsync(newer.Id, "succeeded");
        Assert.Equal(5_500, await world.BalanceAsync(user));
    }

    /// <summary>All that a server could have changed of the newer flows.</summary>
    private Task<string> NewerAsync() => world.Database.QueryAsync<string>(
        "select string_agg(concat_ws(' ', id, state, version, due_at, attempts, parked_reason, lease), ', ' order by id) from flows.flow where state in ('screening', 'wrapped')");
}
