namespace Florin.Payments;

/// <summary>Services that handlers look up when they first use them, because the runner is made of the handlers.</summary>
internal static class LateServices
{
    /// <exception cref="InvalidOperationException">It is not registered: a bug of the composition.</exception>
    public static T Require<T>(this IServiceProvider services) =>
        (T)(services.GetService(typeof(T)) ?? throw new InvalidOperationException($"There is no {typeof(T).Name}."));
}
