namespace Florin.Identity;

/// <summary>The directory of users.</summary>
public interface IUsers
{
    /// <summary>Registers a user. The e-mail is compared without regard to case; of any number of calls with one e-mail, one creates.</summary>
    /// <param name="cancellationToken">Honoured until the insert is sent.</param>
    Task<RegisterOutcome> RegisterAsync(Registration registration, CancellationToken cancellationToken);

    /// <summary>Finds by e-mail, without regard to case; text that is no e-mail address finds nothing.</summary>
    Task<User?> FindByEmailAsync(string email, CancellationToken cancellationToken);

    Task<User?> GetAsync(UserId id, CancellationToken cancellationToken);
}

/// <summary>A registration as it was asked for: nothing in it is checked yet, and anything may be missing.</summary>
public sealed record Registration(string? Email, string? Password, string? Name, string? Kind)
{
    /// <summary>Nothing: the password must not reach a log by way of a formatted record.</summary>
    public override string ToString() => nameof(Registration);
}

/// <summary>What became of a registration.</summary>
public abstract record RegisterOutcome
{
    private RegisterOutcome()
    {
    }

    public sealed record Created(UserId Id) : RegisterOutcome;

    /// <summary>Someone has this e-mail. The caller answers 409; rate limits keep it from being a directory service.</summary>
    public sealed record EmailTaken : RegisterOutcome;

    /// <summary>The request breaks rules.</summary>
    /// <param name="Errors">Field name as in the API (<c>email</c>, <c>password</c>, <c>name</c>, <c>kind</c>) → sentences for people.</param>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : RegisterOutcome;
}
