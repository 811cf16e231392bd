using System.Collections.Frozen;

namespace Florin.Identity;

/// <summary>What an API key may do. The names are wire format and the names of the authorization policies.</summary>
public static class Scopes
{
    public const string LedgerRead = "ledger:read";
    public const string LedgerWrite = "ledger:write";
    public const string WebhooksManage = "webhooks:manage";
    public const string FlowsManage = "flows:manage";
    public const string EventsRead = "events:read";

    /// <summary>Pays merchants out on their behalf.</summary>
    public const string PayoutsManage = "payouts:manage";

    /// <summary>Everything, the making of keys included.</summary>
    public const string Admin = "admin";

    public static FrozenSet<string> All { get; } =
        FrozenSet.ToFrozenSet([LedgerRead, LedgerWrite, WebhooksManage, FlowsManage, EventsRead, PayoutsManage, Admin], StringComparer.Ordinal);
}

/// <summary>Authorization policies that are not a scope. A scope's policy has the scope's name; <see cref="Scopes.Admin"/> passes each of those.</summary>
public static class IdentityPolicies
{
    /// <summary>A user with an access token: the policy of everything that acts on the caller's own wallet. API keys do not pass.</summary>
    public const string User = "user";
}
