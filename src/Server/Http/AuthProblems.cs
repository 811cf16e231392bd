using Florin.Identity;

namespace Florin.Server.Http;

/// <summary>Gives the answers 401 and 403 of authentication their problem documents.</summary>
internal sealed class AuthProblems : IAuthProblemWriter
{
    public Task WriteAsync(HttpContext context, AuthProblem problem) =>
        Problems.Of(new ProblemCode(problem.Code, problem.Status, problem.Title), problem.Detail).ExecuteAsync(context);
}
