using System.Globalization;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary>A moment of the ledger: a sequence, or a time.</summary>
internal sealed record LedgerMoment(ulong? Sequence, DateTimeOffset Time)
{
    public const string Meaning = "A ledger sequence, or a time such as 2026-01-31T12:00:00Z; now when absent";

    private const int LengthMax = 40;

    /// <summary>The parameter <c>at</c>; <see langword="null"/> when absent or wrong.</summary>
    public static LedgerMoment? Of(RequestQuery query)
    {
        if (query.Text("at", LengthMax) is not { } text)
        {
            return null;
        }

        // A plus sign that was not escaped arrives as a space.
        string plain = text.Replace(' ', '+');
        if (ulong.TryParse(plain, NumberStyles.None, CultureInfo.InvariantCulture, out ulong sequence) && sequence <= long.MaxValue)
        {
            return new LedgerMoment(sequence, default);
        }

        bool isTime = plain.Contains('T') && (plain.EndsWith('Z') || plain.LastIndexOfAny(['+', '-']) > plain.IndexOf('T'))
            && DateTimeOffset.TryParse(plain, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
        if (isTime)
        {
            return new LedgerMoment(null, DateTimeOffset.Parse(plain, CultureInfo.InvariantCulture).ToUniversalTime());
        }

        query.AddError("at", "must be a ledger sequence or a time such as 2026-01-31T12:00:00Z");
        return null;
    }

    public async ValueTask<ulong> SequenceAsync(ILedgerHistory history, CancellationToken cancellationToken) =>
        Sequence ?? await history.GetSequenceAtAsync(Time, cancellationToken);
}
