using Florin.Ledger;
using Florin.Storage.Database;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>
/// Judges by three independent records: what clients were told, what the provider believes, and SQL over the ledger's history. None of the
/// server's own reads decides anything here.
/// </summary>
internal sealed class MoneyJudge(NpgsqlDataSource owner, SandboxProcess sandbox)
{
    public MoneyJudge(TestDatabase database, SandboxProcess sandbox)
        : this(database.Owner, sandbox)
    {
    }

    private const string OpenStates =
        "select count(*) from flows.flow where state in ('created', 'queued', 'submitting', 'pending', 'unknown', 'debited', 'in_transit')";

    /// <summary>Waits until every flow has come to its end.</summary>
    public Task QuietAsync() => Eventually.GetAsync(
        () => QueryAsync<long>(OpenStates), open => open == 0, "flows that have not come to their end");

    public async Task JudgeAsync(IReadOnlyCollection<Acknowledged> acknowledged)
    {
        Dictionary<string, FlowRow> flows = await ReadFlowsAsync();
        Acknowledged[] taken = [.. acknowledged.Where(answer => answer.Id is not null)];

        // One key is one flow: nothing is lost, nothing is there twice, nothing is there that nobody asked for.
        Assert.Equal(taken.Length, taken.Select(answer => answer.Id).Distinct().Count());
        Assert.Equal(taken.Select(answer => answer.Id).Order(), flows.Keys.Order());
        foreach (Acknowledged answer in taken.Where(answer => answer.Status == "success"))
        {
            Assert.Contains(flows[answer.Id!].State, (string[])["succeeded", "completed"]);
        }

        await JudgeProviderAsync(flows, taken);
        await JudgeBalancesAsync(flows, taken);
        await JudgeLedgerAsync();
    }

    private async Task JudgeProviderAsync(Dictionary<string, FlowRow> flows, Acknowledged[] taken)
    {
        Dictionary<string, long> charged = await MovedAsync("payment_intent", "succeeded", "amount_received");
        Dictionary<string, long> paid = await MovedAsync("payout", "paid", "amount");
        Dictionary<string, long> deposited = Moved(flows, taken, "wallet.deposit");
        Dictionary<string, long> withdrawn = Moved(flows, taken, "wallet.withdrawal");
        Assert.Equal(charged.OrderBy(entry => entry.Key), deposited.OrderBy(entry => entry.Key));
        Assert.Equal(paid.OrderBy(entry => entry.Key), withdrawn.OrderBy(entry => entry.Key));

        decimal clearing = await QueryAsync<decimal>(
            "select debits_posted - credits_posted from ledger.balances where address = 'psp:stripe:clearing' and asset = 'USD'");
        Assert.Equal(charged.Values.Sum() - paid.Values.Sum(), clearing);
        Assert.Equal(0m, await QueryAsync<decimal>(
            "select coalesce(sum(credits_posted - debits_posted), 0) from ledger.balances where address = 'payout:stripe:in_transit'"));
    }

    private async Task JudgeBalancesAsync(Dictionary<string, FlowRow> flows, Acknowledged[] taken)
    {
        Dictionary<string, long> expected = [];
        foreach (Acknowledged answer in taken.Where(answer => flows[answer.Id!].State is "succeeded" or "completed"))
        {
            Operation operation = answer.Operation;
            bool isIncoming = operation.Kind is OperationKind.CardDeposit or OperationKind.BankDeposit;
            expected[operation.UserId] = expected.GetValueOrDefault(operation.UserId) + (isIncoming ? operation.Cents : -operation.Cents);
            if (operation.RecipientId is { } recipient)
            {
                expected[recipient] = expected.GetValueOrDefault(recipient) + operation.Cents;
            }
        }

        Dictionary<string, long> actual = [];
        await using NpgsqlCommand command = owner.CreateCommand(
            "select split_part(address, ':', 2), (credits_posted - debits_posted)::bigint, (debits_pending + credits_pending)::bigint "
            + "from ledger.balances where address like 'user:%:available'");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            Assert.True(reader.GetInt64(1) >= 0);
            Assert.Equal(0, reader.GetInt64(2));
            actual.Add(reader.GetString(0), reader.GetInt64(1));
        }

        Assert.Equal(expected.Where(entry => entry.Value != 0).OrderBy(entry => entry.Key), actual.Where(entry => entry.Value != 0).OrderBy(entry => entry.Key));
    }

    public async Task JudgeLedgerAsync()
    {
        LedgerAuditReport report = await LedgerStorage.Audit(owner).VerifyAsync(new Progress<LedgerAuditProgress>(), CancellationToken.None);
        Assert.Empty(report.Problems);
        Assert.Equal(0L, await QueryAsync<long>("select count(*) from flows.flow where parked_reason is not null"));
        Assert.Equal(0L, await QueryAsync<long>("select count(*) from flows.inbound_event where status = 'parked'"));

        // Every transaction belongs to one flow's step; the ids say so, and each id is there once.
        Assert.Equal(0L, await QueryAsync<long>(
            "select count(*) from (select transaction_id from ledger.transfers where transfer_index = 0 group by 1 having count(*) > 1) doubled"));
    }

    private static Dictionary<string, long> Moved(Dictionary<string, FlowRow> flows, Acknowledged[] taken, string kind) => taken
        .Where(answer => flows[answer.Id!] is { State: "succeeded" } flow && flow.Kind == kind)
        .ToDictionary(answer => answer.Id!, answer => answer.Operation.Cents);

    /// <summary>What the provider moved, by our reference. A reference that moved twice fails here.</summary>
    private async Task<Dictionary<string, long>> MovedAsync(string type, string status, string amount) => (await sandbox.ObjectsAsync(type))
        .Where(entry => entry.GetProperty("status").GetString() == status)
        .ToDictionary(entry => entry.GetProperty("metadata").GetProperty("florin_reference").GetString()!, entry => entry.GetProperty(amount).GetInt64());

    private async Task<Dictionary<string, FlowRow>> ReadFlowsAsync()
    {
        Dictionary<string, FlowRow> flows = [];
        await using NpgsqlCommand command = owner.CreateCommand("select id, kind, state from flows.flow");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            flows.Add(reader.GetGuid(0).ToString(), new FlowRow(reader.GetString(1), reader.GetString(2)));
        }

        return flows;
    }

    private async Task<T> QueryAsync<T>(string sql)
    {
        await using NpgsqlCommand command = owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private sealed record FlowRow(string Kind, string State);
}
