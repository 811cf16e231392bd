using System.Buffers.Binary;
using System.Security.Cryptography;
using Florin.Ledger.Journal;

namespace Florin.Storage.Ledger;

/// <summary>Encodes the rows of a batch once, for COPY and for the hash chain.</summary>
/// <remarks>
/// hash(n) = SHA-256(0x01 ‖ hash(n-1) ‖ batch ‖ epoch ‖ first sequence ‖ last sequence ‖ time in µs since 2000 ‖ SHA-256(accounts) ‖
/// SHA-256(transfers) ‖ SHA-256(details)), integers big-endian, rows as binary COPY tuples in the columns' order below.
/// </remarks>
internal sealed class BatchEncoder
{
    public const int HashLength = 32;
    public const string AccountColumns = "number, address, asset, scale, normal_side, flags, batch";
    public const string TransferColumns =
        "sequence, transaction_id, kind, transfer_index, transfer_count, debit_account, credit_account, amount, code, related_id, related_index, recorded_at";
    public const string DetailColumns = "sequence, transaction_id, effective_date, reference, metadata";
    private const int PrefixLength = 1 + HashLength + (5 * 8);

    public CopyBuffer Accounts { get; } = new();

    public CopyBuffer Transfers { get; } = new();

    public CopyBuffer Details { get; } = new();

    /// <summary>Fills the three buffers and gives the batch's hash.</summary>
    public byte[] Encode(JournalBatch batch, long epoch, ReadOnlySpan<byte> previousHash)
    {
        Accounts.Start();
        foreach (AccountRow account in batch.Accounts)
        {
            Accounts.StartRow(7);
            Accounts.BigInt(account.Number);
            Accounts.Text(account.Id.Address.Value);
            Accounts.Text(account.Id.Asset.Code);
            Accounts.SmallInt((short)account.Id.Asset.Scale);
            Accounts.SmallInt((short)account.NormalSide);
            Accounts.Integer((int)account.Flags);
            Accounts.BigInt(batch.Number);
        }

        Transfers.Start();
        foreach (ref readonly TransferRow transfer in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batch.Transfers))
        {
            Encode(in transfer, batch.Timestamp);
        }

        Details.Start();
        foreach (DetailRow detail in batch.Details)
        {
            Encode(detail);
        }

        return Hash(
            previousHash, batch.Number, epoch, batch.LastSequence - batch.Transfers.Count + 1, batch.LastSequence, batch.Timestamp,
            SHA256.HashData(Accounts.Rows), SHA256.HashData(Transfers.Rows), SHA256.HashData(Details.Rows));
    }

    public static byte[] Hash(
        ReadOnlySpan<byte> previousHash,
        long batch,
        long epoch,
        long firstSequence,
        long lastSequence,
        DateTimeOffset recordedAt,
        ReadOnlySpan<byte> accountsHash,
        ReadOnlySpan<byte> transfersHash,
        ReadOnlySpan<byte> detailsHash)
    {
        Span<byte> content = stackalloc byte[PrefixLength + (3 * HashLength)];
        content[0] = 0x01;
        previousHash.CopyTo(content[1..]);
        Span<byte> numbers = content.Slice(1 + HashLength, 5 * 8);
        BinaryPrimitives.WriteInt64BigEndian(numbers, batch);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], epoch);
        BinaryPrimitives.WriteInt64BigEndian(numbers[16..], firstSequence);
        BinaryPrimitives.WriteInt64BigEndian(numbers[24..], lastSequence);
        BinaryPrimitives.WriteInt64BigEndian(numbers[32..], (recordedAt.UtcTicks - 630_822_816_000_000_000) / TimeSpan.TicksPerMicrosecond);
        accountsHash.CopyTo(content[PrefixLength..]);
        transfersHash.CopyTo(content[(PrefixLength + HashLength)..]);
        detailsHash.CopyTo(content[(PrefixLength + (2 * HashLength))..]);
        return SHA256.HashData(content);
    }

    private void Encode(in TransferRow transfer, DateTimeOffset recordedAt)
    {
        Transfers.StartRow(12);
        Transfers.BigInt(transfer.Sequence);
        Transfers.Uuid(transfer.TransactionId.Value);
        Transfers.SmallInt((short)transfer.Kind);
        Transfers.SmallInt(transfer.Index);
        Transfers.SmallInt(transfer.Count);
        Transfers.BigInt(transfer.DebitAccount);
        Transfers.BigInt(transfer.CreditAccount);
        Transfers.Numeric(transfer.Amount);
        Transfers.Integer(transfer.Code);
        if (transfer.Related is { } related)
        {
            Transfers.Uuid(related.Value);
            Transfers.SmallInt(transfer.RelatedIndex);
        }
        else
        {
            Transfers.Null();
            Transfers.Null();
        }

        Transfers.Timestamp(recordedAt);
    }

    private void Encode(DetailRow detail)
    {
        Details.StartRow(5);
        Details.BigInt(detail.Sequence);
        Details.Uuid(detail.TransactionId.Value);
        if (detail.EffectiveDate is { } date)
        {
            Details.Date(date);
        }
        else
        {
            Details.Null();
        }

        TextOrNull(detail.Reference);
        TextOrNull(detail.Metadata);
    }

    private void TextOrNull(string? text)
    {
        if (text is null)
        {
            Details.Null();
        }
        else
        {
            Details.Text(text);
        }
    }
}
