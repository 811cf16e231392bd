namespace Florin.Identity;

/// <summary>One login and every token that descends from it: the <c>sid</c> of access tokens, the family of refresh tokens.</summary>
public readonly record struct SessionId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}
