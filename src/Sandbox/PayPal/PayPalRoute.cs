namespace Florin.Sandbox.PayPal;

/// <summary>Which part of PayPal keeps a request id, and for how long.</summary>
internal enum RequestIdRule
{
    /// <summary>The header is ignored.</summary>
    None = 0,

    /// <summary>6 hours, at most 108 characters; an order that is charged at once must have one.</summary>
    Orders = 1,

    /// <summary>45 days.</summary>
    Payments = 2,

    /// <summary>3 hours; required.</summary>
    Vault = 3,
}

/// <summary>One operation of the API.</summary>
/// <param name="Template">For example <c>/v2/checkout/orders/{id}</c>; segments in braces match any id.</param>
/// <param name="Operation">The name that faults use: <c>orders.get</c>.</param>
internal sealed record PayPalRoute(string Method, string Template, string Operation, PayPalHandler Handler, RequestIdRule RequestId = RequestIdRule.None)
{
    private readonly string[] segments = Template.Split('/');

    /// <summary>The sandbox takes the documented mock header where PayPal does: orders and payments.</summary>
    public bool TakesMock => Template.StartsWith("/v2/", StringComparison.Ordinal);

    /// <returns>The ids in the path, or <see langword="null"/> when it is another path.</returns>
    public IReadOnlyList<string>? Match(string method, string[] path)
    {
        if (method != Method || path.Length != segments.Length)
        {
            return null;
        }

        List<string> ids = [];
        for (var i = 0; i < path.Length; i++)
        {
            if (segments[i].StartsWith('{') && path[i].Length > 0)
            {
                ids.Add(path[i]);
            }
            else if (segments[i] != path[i])
            {
                return null;
            }
        }

        return ids;
    }
}
