using Florin.Storage.Database;

namespace Florin.Payments;

/// <summary>The schema <c>subscriptions</c>, which no other module reads.</summary>
public static class SubscriptionsMigrations
{
    public static MigrationSet Migrations { get; } =
        new("subscriptions", 50, typeof(SubscriptionsMigrations).Assembly, "Florin.Payments.Subscriptions.Migrations.");
}
