namespace Florin.Identity;

/// <summary>The identity of an API key; it is not secret and says nothing about the key's text.</summary>
public readonly record struct ApiKeyId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}
