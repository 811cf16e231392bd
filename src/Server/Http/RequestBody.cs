using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Florin.Server.Http;

/// <summary>
/// The JSON object in the body of a request, read strictly: UTF-8, at most 64 KiB unless its endpoint takes more, at most 16 levels, no duplicate names, no comments, no
/// fields that nobody asks for.
/// </summary>
/// <remarks>
/// Getters never throw for what a caller sent: they note the error and return a harmless value. After the last getter the handler asks
/// <see cref="Refusal"/>, and answers it when there is one:
/// <code>
/// using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
/// Guid source = body.Uuid("source_id");
/// Money amount = body.Money("amount", "currency");
/// if (body.Refusal() is { } refusal) { return refusal; }
/// </code>
/// </remarks>
internal sealed class RequestBody : IDisposable
{
    public const int BytesMax = 64 * 1024;

    public const int DepthMax = 16;

    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    private readonly JsonDocument? _document;
    private readonly ProblemResult? _unreadable;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<string>> _errors = new(StringComparer.Ordinal);
    private ProblemCode? _code;

    private RequestBody(JsonDocument? document, ProblemResult? unreadable) => (_document, _unreadable) = (document, unreadable);

    /// <summary>Reads the body. What is wrong with it is told by <see cref="Refusal"/>.</summary>
    public static ValueTask<RequestBody> ReadAsync(HttpContext context, CancellationToken cancellationToken) =>
        ReadAsync(context, BytesMax, isUnseen: false, cancellationToken);

    /// <summary>Reads a body that <see cref="CardGuard"/> lets through unseen, because its endpoint takes longer ones: it is looked at here.</summary>
    public static ValueTask<RequestBody> ReadLongAsync(HttpContext context, int bytesMax, CancellationToken cancellationToken) =>
        ReadAsync(context, bytesMax, isUnseen: true, cancellationToken);

    private static async ValueTask<RequestBody> ReadAsync(HttpContext context, int bytesMax, bool isUnseen, CancellationToken cancellationToken)
    {
        bool isJson = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
        if (!isJson)
        {
            return new RequestBody(null, Problems.Of(ProblemCode.UnsupportedMediaType, "Send application/json in UTF-8."));
        }

        if (await BoundedBody.ReadAsync(context.Request, bytesMax, cancellationToken) is not { } bytes)
        {
            return new RequestBody(null, Problems.Of(ProblemCode.PayloadTooLarge, $"The body is limited to {bytesMax} bytes."));
        }

        return isUnseen && CardNumbers.Contains(bytes)
            ? new RequestBody(null, Problems.Of(ProblemCode.CardNumberRefused, CardGuard.RefusalDetail))
            : Parse(bytes);
    }

    /// <summary>Parses bytes. For the readers and tests.</summary>
    internal static RequestBody Parse(ReadOnlyMemory<byte> bytes)
    {
        if (!Utf8.IsValid(bytes.Span))
        {
            return new RequestBody(null, Problems.Of(ProblemCode.MalformedJson, "The body is not valid UTF-8."));
        }

        try
        {
            JsonDocument document = JsonDocument.Parse(bytes, DocumentOptions);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RequestBody(document, null)
                : new RequestBody(document, Problems.Of(ProblemCode.MalformedJson, "The body must be a JSON object."));
        }
        catch (Exception refused) when (refused is JsonException or InvalidOperationException)
        {
            // The parser's message may quote the body. An invalid surrogate in a name is reported as InvalidOperationException.
            return new RequestBody(null, Problems.Of(
                ProblemCode.MalformedJson, $"The body is not a JSON document without duplicate names and with at most {DepthMax} levels."));
        }
    }

    /// <summary>The answer to a bad body; <see langword="null"/> when all that was asked for is good and nothing else is there.</summary>
    public ProblemResult? Refusal()
    {
        if (_unreadable is not null)
        {
            return _unreadable;
        }

        foreach (string name in UnknownNames())
        {
            // Only the code tells that it is unknown; the name is the caller's own text and is shortened.
            AddError(name.Length <= 64 ? name : name[..64], "is not known here", ProblemCode.UnknownField);
        }

        if (_errors.Count == 0)
        {
            return null;
        }

        return new ProblemResult
        {
            Code = _code ?? ProblemCode.ValidationFailed,
            Detail = "See errors for each field.",
            Errors = _errors.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal),
        };
    }

    /// <summary>Notes that a field is wrong, for rules that only the handler knows.</summary>
    /// <param name="code">The code of the answer when it is more exact than <c>validation_failed</c>. The first one stands.</param>
    public void AddError(string field, string message, ProblemCode? code = null)
    {
        if (!_errors.TryGetValue(field, out List<string>? messages))
        {
            _errors[field] = messages = [];
        }

        messages.Add(message);
        _code ??= code;
    }

    /// <summary>A list of objects, each read as strictly as the body: <paramref name="read"/> gets each as a body of its own.</summary>
    public IReadOnlyList<T> Objects<T>(string name, int countMax, Func<RequestBody, T> read)
    {
        if (Find(name) is not { } list)
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > countMax)
        {
            AddError(name, $"must be a list of at most {countMax} objects");
            return [];
        }

        List<T> items = [];
        foreach (JsonElement element in list.EnumerateArray())
        {
            items.Add(Inner($"{name}[{items.Count}]", element, read));
        }

        return items;
    }

    /// <summary>An object within the body, read as strictly; nothing is read when it is absent.</summary>
    public void Object(string name, Func<RequestBody, bool> read)
    {
        if (Find(name) is { } element)
        {
            Inner(name, element, read);
        }
    }

    /// <summary>The field as it stands; <see langword="null"/> when it is absent or JSON null. Marks the name as known.</summary>
    public JsonElement? Find(string name)
    {
        _known.Add(name);
        bool isThere = _unreadable is null && _document!.RootElement.TryGetProperty(name, out _);
        JsonElement element = isThere ? _document!.RootElement.GetProperty(name) : default;
        return isThere && element.ValueKind != JsonValueKind.Null ? element : null;
    }

    public void Dispose() => _document?.Dispose();

    private T Inner<T>(string path, JsonElement element, Func<RequestBody, T> read)
    {
        using RequestBody item = Parse(System.Text.Encoding.UTF8.GetBytes(element.GetRawText()));
        T value = read(item);
        if (item.Refusal() is { } refusal)
        {
            string[] whole = [refusal.Detail ?? "is not valid"];
            foreach ((string field, string[] messages) in refusal.Errors ?? new Dictionary<string, string[]> { [""] = whole })
            {
                AddError($"{path}{(field.Length == 0 ? "" : "." + field)}", messages[0], refusal.Errors is null ? null : item._code);
            }
        }

        return value;
    }

    private List<string> UnknownNames()
    {
        List<string> names = [];
        foreach (JsonProperty property in _document!.RootElement.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                name = "(not text)";
            }

            if (!_known.Contains(name))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
