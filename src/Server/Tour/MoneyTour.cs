using Florin.Ledger;
using Florin.Server.Hosting;

namespace Florin.Server.Tour;

internal static class MoneyTour
{
    public static Task PlayAsync(DevFile devFile, TimeProvider timeProvider, IdSource ids, TextWriter output, CancellationToken stop) => output.WriteLineAsync("tour");
}
