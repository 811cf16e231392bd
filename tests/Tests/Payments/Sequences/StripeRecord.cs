using System.Text.Json;
using Florin.Tests.Support;

namespace Florin.Tests.Payments.Sequences;

/// <summary>Stripe's own record.</summary>
internal static class StripeRecord
{
    public static async Task<ProviderRecord> ReadAsync(SandboxProcess sandbox) => new(
        [.. (await sandbox.ObjectsAsync("payment_intent")).Select(Charge)],
        [.. (await sandbox.ObjectsAsync("refund")).Select(Refund)],
        [.. (await sandbox.ObjectsAsync("dispute")).Select(Dispute)],
        []);

    private static ProviderCharge Charge(JsonElement entry) => new(
        ProviderRecord.Stripe, Text(entry, "id"), Reference(entry), Text(entry, "currency").ToUpperInvariant(), Number(entry, "amount"),
        Number(entry, "amount_received"), Number(entry, "amount_capturable"), Text(entry, "status"));

    private static ProviderRefund Refund(JsonElement entry) => new(
        ProviderRecord.Stripe, Text(entry, "id"), Reference(entry), Text(entry, "payment_intent"), Number(entry, "amount"), Text(entry, "status"),
        Number(entry, "created"));

    private static ProviderDispute Dispute(JsonElement entry)
    {
        JsonElement[] moves = [.. entry.GetProperty("balance_transactions").EnumerateArray()];
        string state = Text(entry, "status") switch
        {
            "warning_needs_response" or "warning_under_review" => "inquiry",
            "warning_closed" => "won",
            var other => other,
        };
        return new ProviderDispute(
            ProviderRecord.Stripe, Text(entry, "id"), Text(entry, "payment_intent"), Number(entry, "amount"), -moves.Sum(move => Number(move, "amount")),
            moves.Sum(move => Number(move, "fee")), state, Number(entry, "created"));
    }

    private static string? Reference(JsonElement entry) =>
        entry.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement reference) ? reference.GetString() : null;

    private static string Text(JsonElement entry, string name) => entry.GetProperty(name).GetString()!;

    private static long Number(JsonElement entry, string name) => entry.GetProperty(name).GetInt64();
}
