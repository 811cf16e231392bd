namespace Florin.Identity;

/// <summary>What a user is before the law: it decides which checks apply and which names are asked for.</summary>
public enum UserKind
{
    Person = 0,
    Business = 1,
}

/// <summary>A registered user, without anything that authenticates.</summary>
public sealed record User(UserId Id, string Email, string Name, UserKind Kind, DateTimeOffset CreatedAt)
{
    /// <summary>The id alone: e-mail and name must not reach a log by way of a formatted record.</summary>
    public override string ToString() => $"user:{Id}";
}
