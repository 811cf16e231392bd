using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Florin.Flows;

/// <summary>The identity of a flow.</summary>
public readonly record struct FlowId(Guid Value)
{
    /// <summary>
    /// The id that belongs to an <c>Idempotency-Key</c>: the same caller, endpoint and key always mean the same flow, for ever (fault I-05);
    /// another caller or endpoint means another one (I-07).
    /// </summary>
    /// <remarks>The first 16 bytes of SHA-256 over the length-prefixed parts, marked as a version 8 UUID (RFC 9562, section 5.8).</remarks>
    public static FlowId FromIdempotencyKey(string caller, string endpoint, string key)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (string part in (ReadOnlySpan<string>)["florin/idempotency/v1", caller, endpoint, key])
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new FlowId(new Guid(digest[..16], bigEndian: true));
    }

    public override string ToString() => Value.ToString();
}

/// <summary>A durable state machine for one obligation, as its row stands.</summary>
public sealed record Flow
{
    public required FlowId Id { get; init; }

    /// <summary>Which definition it follows: <c>wallet.deposit</c>.</summary>
    public required string Kind { get; init; }

    public required string State { get; init; }

    /// <summary>Counts the changes of state and data, from 1. A change names the version that it saw; another version is a conflict.</summary>
    public required int Version { get; init; }

    /// <summary>The flow's own facts, a JSON object that its handler owns. No personal data, no secrets.</summary>
    public required string Data { get; init; }

    /// <summary>Whose flow it is: a user id, a tenant. Lists are by owner.</summary>
    public required string OwnerId { get; init; }

    /// <summary>SHA-256, hexadecimal, of the canonical request that started it; a repeat with another hash is refused (fault I-02).</summary>
    public string? RequestHash { get; init; }

    /// <summary>What the provider calls its object, as <c>stripe:pi_…</c>. Unique over all flows.</summary>
    public string? ProviderReference { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the runner takes it up next; <see langword="null"/> when it rests until a signal.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>How often it was taken up in this state without a change.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it waits for a person; <see langword="null"/> when it does not.</summary>
    public string? ParkedReason { get; init; }
}

/// <summary>One change of a flow, as it stands in its insert-only history.</summary>
public sealed record FlowHistoryEntry(
    FlowId FlowId, int Version, string? From, string To, DateTimeOffset At, string Actor, string Reason, string? Evidence);

/// <summary>Something that happened outside and may matter to a flow. A hint: order and repetition do not matter.</summary>
/// <param name="Id">Order of arrival.</param>
/// <param name="Source">Who says so: <c>stripe</c>, <c>operator</c>, <c>user</c>.</param>
/// <param name="SourceId">The sender's own id of it; (source, source id) is unique for a flow.</param>
public sealed record FlowSignal(long Id, string Source, string SourceId, string Type, string Payload, DateTimeOffset ReceivedAt)
{
    /// <summary>The source of signals that a person sends; they take up a parked flow.</summary>
    public const string OperatorSource = "operator";
}
