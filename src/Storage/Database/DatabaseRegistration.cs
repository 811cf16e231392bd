using Microsoft.Extensions.DependencyInjection;

namespace Florin.Storage.Database;

/// <summary>Registration of the database.</summary>
public static class DatabaseRegistration
{
    /// <summary>
    /// Registers a database that was started already. Whoever started it disposes it after the host has stopped, because the
    /// services need it until their end.
    /// </summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services, FlorinDatabase database) =>
        services.AddSingleton(database).AddSingleton<IDatabase>(database);
}
