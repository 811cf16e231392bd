using System.Text.Json;
using Florin.Tests.Support;

namespace Florin.Tests.Payments.Sequences;

/// <summary>What the provider believes at the end, in plain words. Amounts are in its smallest units.</summary>
internal sealed record ProviderRecord(
    IReadOnlyList<ProviderCharge> Charges, IReadOnlyList<ProviderRefund> Refunds, IReadOnlyList<ProviderDispute> Disputes, IReadOnlySet<string> Events)
{
    public static async Task<ProviderRecord> ReadAsync(SandboxProcess sandbox) => new(
        [.. (await sandbox.ObjectsAsync("payment_intent")).Select(Charge)],
        [.. (await sandbox.ObjectsAsync("refund")).Select(Refund)],
        [.. (await sandbox.ObjectsAsync("dispute")).Select(Dispute)],
        (await sandbox.ObjectsAsync("event")).Select(entry => Text(entry, "id")).ToHashSet());

    public IEnumerable<ProviderRefund> RefundsOf(ProviderCharge charge) => Refunds.Where(refund => refund.ChargeId == charge.Id);

    public IEnumerable<ProviderDispute> DisputesOf(ProviderCharge charge) => Disputes.Where(dispute => dispute.ChargeId == charge.Id);

    private static ProviderCharge Charge(JsonElement entry) => new(
        Text(entry, "id"), Reference(entry), Text(entry, "currency").ToUpperInvariant(), Number(entry, "amount"), Number(entry, "amount_received"),
        Number(entry, "amount_capturable"), Text(entry, "status"));

    private static ProviderRefund Refund(JsonElement entry) => new(
        Text(entry, "id"), Reference(entry), Text(entry, "payment_intent"), Number(entry, "amount"), Text(entry, "status"), Number(entry, "created"));

    private static ProviderDispute Dispute(JsonElement entry)
    {
        JsonElement[] moves = [.. entry.GetProperty("balance_transactions").EnumerateArray()];
        return new ProviderDispute(
            Text(entry, "id"), Text(entry, "payment_intent"), Number(entry, "amount"), -moves.Sum(move => Number(move, "amount")),
            moves.Sum(move => Number(move, "fee")), Text(entry, "status"), Number(entry, "created"));
    }

    private static string? Reference(JsonElement entry) =>
        entry.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement reference) ? reference.GetString() : null;

    private static string Text(JsonElement entry, string name) => entry.GetProperty(name).GetString()!;

    private static long Number(JsonElement entry, string name) => entry.GetProperty(name).GetInt64();
}

/// <param name="Reference">The flow's id, when it carries one.</param>
internal sealed record ProviderCharge(string Id, string? Reference, string Currency, long Amount, long Captured, long Capturable, string Status);

/// <param name="Created">Seconds of the provider's clock.</param>
internal sealed record ProviderRefund(string Id, string? Reference, string ChargeId, long Amount, string Status, long Created)
{
    /// <summary>Whether the payer has the money, or will have.</summary>
    public bool IsGiven => Status is "succeeded" or "pending";
}

/// <param name="Withheld">What the provider took for it and has not given back.</param>
/// <param name="Fees">What it keeps for its trouble.</param>
internal sealed record ProviderDispute(string Id, string ChargeId, long Amount, long Withheld, long Fees, string Status, long Created);
