namespace Florin.Identity;

/// <summary>The identity of a user: a version 7 UUID, assigned at registration and never reused.</summary>
public readonly record struct UserId(Guid Value)
{
    /// <summary>Lower-case hexadecimal with dashes: fits an account address (<c>user:{id}:available</c>).</summary>
    public override string ToString() => Value.ToString("D");
}
