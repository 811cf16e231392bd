using System.Text.Json;

namespace Florin.Client;

/// <summary>A call did not end with what was asked for.</summary>
public abstract class FlorinException : Exception
{
    private protected FlorinException(string message, string? idempotencyKey, Exception? inner)
        : base(message, inner) => IdempotencyKey = idempotencyKey;

    /// <summary>The key that the call was made with, when it had one: with it the same call can be made again.</summary>
    public string? IdempotencyKey { get; }
}

/// <summary>No answer came. A call that moves money may have taken effect: make it again with the same key, or look.</summary>
public sealed class FlorinConnectionException : FlorinException
{
    internal FlorinConnectionException(string message, string? idempotencyKey, Exception? inner)
        : base(message, idempotencyKey, inner)
    {
    }
}

/// <summary>The server answered with a problem document (RFC 9457), or with something else that is no success.</summary>
public class FlorinProblemException : FlorinException
{
    internal FlorinProblemException(Problem problem, string? idempotencyKey)
        : base($"{problem.Status} {problem.Code}: {problem.Detail}", idempotencyKey, inner: null) => Problem = problem;

    /// <summary>The document.</summary>
    public Problem Problem { get; }

    /// <summary>The stable code, one of <see cref="ProblemCodes"/>: programs decide by it.</summary>
    public string Code => Problem.Code;
}

/// <summary>202 <c>outcome_unknown</c>: the request is durable and goes on. Do not ask for the movement under another key.</summary>
public sealed class OutcomeUnknownException : FlorinProblemException
{
    internal OutcomeUnknownException(Problem problem, string? idempotencyKey)
        : base(problem, idempotencyKey)
    {
    }

    /// <summary>The movement as far as it is known; <see langword="null"/> when the server could not tell.</summary>
    public T? Object<T>()
        where T : class => Problem.Members.TryGetValue("object", out JsonElement element) ? element.Deserialize<T>(FlorinJson.Options) : null;
}

/// <summary>400 and 422: the request is wrong, nothing happened. <see cref="Problem.Errors"/> names the fields.</summary>
public sealed class InvalidRequestException : FlorinProblemException
{
    internal InvalidRequestException(Problem problem, string? idempotencyKey)
        : base(problem, idempotencyKey)
    {
    }
}

/// <summary>401: no credentials, or none that are accepted.</summary>
public sealed class NotAuthenticatedException : FlorinProblemException
{
    internal NotAuthenticatedException(Problem problem, string? idempotencyKey)
        : base(problem, idempotencyKey)
    {
    }
}

/// <summary>403: the caller may not do this, or has to prove more first.</summary>
public sealed class NotAllowedException : FlorinProblemException
{
    internal NotAllowedException(Problem problem, string? idempotencyKey)
        : base(problem, idempotencyKey)
    {
    }
}

/// <summary>404: there is no such thing, or it is another's.</summary>
public sealed class NotFoundException : FlorinProblemException
{
    internal NotFoundException(Problem problem, string? idempotencyKey)
        : base(problem, idempotencyKey)
    {
    }
}

/// <summary>409: the present state does not allow it (<c>insufficient_funds</c>, <c>invalid_transition</c>, …). Nothing happened.</summary>
public sealed class ConflictException : FlorinProblemException
{
    internal ConflictException(Problem problem, string? idempotencyKey)
        : base(problem, idempotencyKey)
    {
    }
}

/// <summary>429 and 5xx, and every retry met the same. A call that moves money may be made again with the same key.</summary>
public sealed class UnavailableException : FlorinProblemException
{
    internal UnavailableException(Problem problem, string? idempotencyKey)
        : base(problem, idempotencyKey)
    {
    }
}
