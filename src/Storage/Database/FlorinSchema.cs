namespace Florin.Storage.Database;

/// <summary>The schema <c>florin</c>, which the other modules' migrations use.</summary>
public static class FlorinSchema
{
    public static MigrationSet Migrations { get; } =
        new("florin", 0, typeof(FlorinSchema).Assembly, "Florin.Storage.Database.Migrations.");
}
