using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Florin.Benchmarks;

/// <summary>One figure.</summary>
/// <param name="Ratios">Against figures of the same run, by their names: machines differ, ratios less.</param>
internal sealed record Figure(string Name, double Value, string Unit, IReadOnlyDictionary<string, double> Ratios);

/// <summary>The figures of a run with the machine that made them: a table for people, JSON for programs.</summary>
internal sealed class Report(string bench)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly List<Figure> _figures = [];

    public Dictionary<string, string> Machine { get; } = new()
    {
        ["processors"] = $"{Environment.ProcessorCount}",
        ["model"] = Model(),
        ["memory_gib"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30}",
        ["system"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
    };

    public void Add(string name, double value, string unit, params (string Name, double Value)[] ratios) =>
        _figures.Add(new Figure(name, Round(value), unit, ratios.ToDictionary(ratio => ratio.Name, ratio => Round(ratio.Value))));

    /// <summary>What happens now, for who waits.</summary>
    public static void Progress(string what) => Console.Error.WriteLine($"… {what}");

    public void Print()
    {
        Console.WriteLine($"\n{bench}\n{string.Join(", ", Machine.Select(entry => $"{entry.Key} {entry.Value}"))}\n");
        int width = _figures.Max(figure => figure.Name.Length);
        foreach (Figure figure in _figures)
        {
            string ratios = string.Join("  ", figure.Ratios.Select(ratio => string.Create(CultureInfo.InvariantCulture, $"{ratio.Value:0.###} × {ratio.Key}")));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {figure.Name.PadRight(width)}  {figure.Value,12:#,0.##} {figure.Unit,-12} {ratios}").TrimEnd());
        }
    }

    public Task WriteAsync(string file) => File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { Bench = bench, Machine, Figures = _figures }, Json));

    private static double Round(double value) => Math.Round(value, value < 100 ? 3 : 0);

    private static string Model()
    {
        const string Processors = "/proc/cpuinfo";
        string? line = File.Exists(Processors) ? File.ReadLines(Processors).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
