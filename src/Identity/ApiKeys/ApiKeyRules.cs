using Florin.Identity.Accounts;

namespace Florin.Identity.ApiKeys;

/// <summary>The rules of a new API key.</summary>
internal static class ApiKeyRules
{
    /// <returns>Every broken rule by field; empty when the request may be granted.</returns>
    public static Dictionary<string, string[]> Check(ApiKeyRequest request, DateTimeOffset now)
    {
        Dictionary<string, string[]> errors = [];
        if (request.Name is null || !PlainText.IsLabel(request.Name, ApiKeyLimits.NameMax))
        {
            errors["name"] = [$"A name of 1 to {ApiKeyLimits.NameMax} characters is needed, without control characters and without blanks at its ends."];
        }

        if (request.Scopes.IsDefaultOrEmpty || request.Scopes.Any(scope => scope is null || !Scopes.All.Contains(scope)))
        {
            errors["scopes"] = [$"At least one of these is needed, and no other: {string.Join(", ", Scopes.All.Order(StringComparer.Ordinal))}."];
        }

        bool networksAreSound = request.SourceNetworks.IsDefaultOrEmpty
            || (request.SourceNetworks.Length <= ApiKeyLimits.SourceNetworksMax && request.SourceNetworks.All(SourceNetworks.IsNetwork));
        if (!networksAreSound)
        {
            errors["source_networks"] = [$"At most {ApiKeyLimits.SourceNetworksMax} CIDR blocks are allowed, such as 203.0.113.0/24, with zero host bits."];
        }

        if (request.ExpiresAt <= now)
        {
            errors["expires_at"] = ["A time in the future is needed."];
        }

        return errors;
    }
}
