
namespace Florin.Server.Http;

/// <summary>The query of a request, read as strictly as a body: unknown or repeated parameters are refused.</summary>
/// <remarks>Used like <see cref="RequestBody"/>: getters note errors, <see cref="Refusal"/> tells them.</remarks>
internal sealed class RequestQuery(HttpContext context)
{
    public const int LimitDefault = 50;

    public const int LimitMax = 200;

    public const int CursorLengthMax = 200;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    public ProblemResult? Refusal()
    {
        foreach (string name in context.Request.Query.Keys.Where(name => !_known.Contains(name)))
        {
            _errors[name.Length <= 64 ? name : name[..64]] = ["is not known here"];
        }

        return _errors.Count == 0 ? null : new ProblemResult
        {
            Code = ProblemCode.BadQuery,
            Detail = "See errors for each parameter.",
            Errors = _errors,
        };
    }

    public void AddError(string name, string message) => _errors[name] = [message];

    /// <summary>Page size, 1 to 200; 50 when absent.</summary>
    public int Limit()
    {
        if (Text("limit", 10) is not { } text)
        {
            return LimitDefault;
        }

        if (int.TryParse(text, System.Globalization.NumberStyles.None, null, out int limit) && limit is >= 1 and <= LimitMax)
        {
            return limit;
        }

        AddError("limit", $"must be a whole number from 1 to {LimitMax}");
        return LimitDefault;
    }

    /// <summary>A whole number; <see langword="null"/> when absent or wrong.</summary>
    public long? Whole(string name, long min, long max)
    {
        if (Text(name, 20) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, System.Globalization.NumberStyles.None, null, out long value) && value >= min && value <= max)
        {
            return value;
        }

        AddError(name, $"must be a whole number from {min} to {max}");
        return null;
    }

    /// <summary>A UUID in its usual form, such as the cursor of a list.</summary>
    public Guid? Uuid(string name)
    {
        if (Text(name, CursorLengthMax) is not { } text)
        {
            return null;
        }

        if (Guid.TryParseExact(text, "D", out Guid value))
        {
            return value;
        }

        AddError(name, "must be a UUID");
        return null;
    }

    /// <summary>A text without control characters; <see langword="null"/> when absent or wrong.</summary>
    public string? Text(string name, int lengthMax)
    {
        _known.Add(name);
        Microsoft.Extensions.Primitives.StringValues values = context.Request.Query[name];
        if (values.Count == 0)
        {
            return null;
        }

        string text = values[0] ?? "";
        if (values.Count > 1 || text.Length is 0 || text.Length > lengthMax || text.Any(char.IsControl) || text.Any(char.IsSurrogate))
        {
            AddError(name, $"must be given once, with 1 to {lengthMax} characters");
            return null;
        }

        return text;
    }
}
