namespace Florin.Identity;

/// <summary>The authentication scheme of the product.</summary>
public static class FlorinAuthentication
{
    public const string Scheme = "Florin";
}
