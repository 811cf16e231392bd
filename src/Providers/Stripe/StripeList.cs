using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>One page of a list of Stripe's, newest first.</summary>
internal sealed record StripePage<T>(IReadOnlyList<T> Items, string? FirstId, string? LastId, bool HasMore);

/// <summary>Reads pages of Stripe's lists.</summary>
internal sealed class StripeList(StripeClient client, StripeOutcomes outcomes)
{
    /// <summary>The largest page that Stripe gives.</summary>
    public const int PageMax = 100;

    /// <param name="read">Null for an item that cannot be read: the page is then unreadable as a whole, for it may be the one that is looked for.</param>
    public async ValueTask<ProviderLookup<StripePage<T>>> PageAsync<T>(
        string operation, string path, StripeForm query, Func<JsonElement, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        ProviderCall call = client.Get(operation, path, query);
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        return outcomes.Lookup(call, attempt, json => Read(json, read));
    }

    private static StripePage<T>? Read<T>(JsonElement json, Func<JsonElement, T?> read)
        where T : class
    {
        if (json.Text("object") != "list" || json.List("data") is not { } data || json.Flag("has_more") is not { } hasMore)
        {
            return null;
        }

        List<T> items = [];
        string? first = null;
        string? last = null;
        foreach (JsonElement element in data.EnumerateArray())
        {
            if (element.Text("id") is not { Length: > 0 } id || read(element) is not { } item)
            {
                return null;
            }

            first ??= id;
            last = id;
            items.Add(item);
        }

        // A page that promises more but has nothing to go on from would be asked for for ever.
        return hasMore && items.Count == 0 ? null : new StripePage<T>(items, first, last, hasMore);
    }
}
