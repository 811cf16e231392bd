using System.Globalization;
using System.Text;

namespace Florin.Client.Http;

/// <summary>One call of the API, as the generated methods describe it.</summary>
/// <param name="Path">With its parameters filled in and escaped.</param>
/// <param name="MovesMoney">Whether it carries an idempotency key.</param>
internal sealed record Call(HttpMethod Method, string Path, object? Body = null, bool MovesMoney = false, CallOptions? Options = null)
{
    private readonly StringBuilder _query = new();

    /// <summary>The path with its query.</summary>
    public string Address => Path + _query;

    /// <summary>Whether doing it twice is doing it once: reading, removing, and what the key makes so.</summary>
    public bool IsRepeatable => MovesMoney || Method == HttpMethod.Get || Method == HttpMethod.Delete;

    public static string Segment(object value) => Uri.EscapeDataString(Text(value));

    /// <summary>Adds a parameter of the query; one without a value is left out.</summary>
    public Call With(string name, object? value)
    {
        if (value is not null)
        {
            _query.Append(_query.Length == 0 ? '?' : '&').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(Text(value)));
        }

        return this;
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
