using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Florin.Ledger.StateMachine;

/// <summary>SHA-256 over all that decides future answers: accounts with totals and standing, open pending transactions, limits, the closed period.</summary>
internal static class StateHash
{
    public static byte[] Of(LedgerState state)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, (UInt128)(ulong)state.Sequence);
        foreach (AccountState account in state.Accounts)
        {
            Append(hash, $"{account.Number}|{account.Row.Id}|{account.Row.NormalSide}|{(int)account.Row.Flags}|{account.Standing}");
            Append(hash, account.Totals.DebitsPending);
            Append(hash, account.Totals.DebitsPosted);
            Append(hash, account.Totals.CreditsPending);
            Append(hash, account.Totals.CreditsPosted);
        }

        foreach (TransactionRecord pending in state.OpenPendings)
        {
            Append(hash, pending.Id.Value);
            Append(hash, (UInt128)(ulong)(pending.ExpiresAt?.UtcTicks ?? 0));

            // What is held in all: the order of a transaction's transfers must not matter.
            UInt128 held = UInt128.Zero;
            for (int index = 0; index < pending.Transfers.Length; index++)
            {
                held = unchecked(held + pending.HeldOf(index));
            }

            Append(hash, held);
        }

        foreach ((string key, UInt128 used) in state.Limits.All)
        {
            Append(hash, key);
            Append(hash, used);
        }

        Append(hash, (UInt128)(ulong)(state.ClosedThrough?.DayNumber ?? 0));
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

    private static void Append(IncrementalHash hash, UInt128 value)
    {
        Span<byte> buffer = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(buffer, value);
        hash.AppendData(buffer);
    }
}
