namespace Florin.Server.Endpoints;

/// <summary>
/// One endpoint of the public API, one file each. Implementations have a constructor without parameters, keep no state, and take their
/// services as parameters of the handler. They are found by reflection when the host starts.
/// </summary>
internal interface IEndpoint
{
    void Map(IEndpointRouteBuilder routes);
}

internal static class EndpointDiscovery
{
    /// <summary>Maps every <see cref="IEndpoint"/> of this assembly, ordered by name so that the API document is the same on every start.</summary>
    public static void MapFlorinEndpoints(this IEndpointRouteBuilder routes)
    {
        IEnumerable<Type> types = typeof(IEndpoint).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IEndpoint)))
            .OrderBy(type => type.FullName, StringComparer.Ordinal);
        foreach (Type type in types)
        {
            ((IEndpoint)Activator.CreateInstance(type)!).Map(routes);
        }
    }
}
