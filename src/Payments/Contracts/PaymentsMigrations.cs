using Florin.Storage.Database;

namespace Florin.Payments;

/// <summary>The schema <c>payments</c>, which no other module reads.</summary>
public static class PaymentsMigrations
{
    public static MigrationSet Migrations { get; } = new("payments", 45, typeof(PaymentsMigrations).Assembly, "Florin.Payments.Migrations.");
}
