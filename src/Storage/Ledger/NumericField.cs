using System.Numerics;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>numeric(39,0) columns as 128-bit integers.</summary>
internal static class NumericField
{
    public static UInt128 GetUInt128(this NpgsqlDataReader reader, int ordinal) => (UInt128)reader.GetFieldValue<BigInteger>(ordinal);
}
