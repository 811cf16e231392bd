using Florin.Server.Http;

namespace Florin.Server.Grpc;

/// <summary>The status codes of gRPC that this server sends. Numbers are wire format.</summary>
internal enum GrpcCode
{
    Ok = 0,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// <summary>What a problem of the REST API is in gRPC. Clients may repeat <c>ABORTED</c> and <c>UNAVAILABLE</c> with the same key; others they must not.</summary>
internal static class GrpcCodes
{
    /// <param name="isKnownMethod">Whether the call met one of our methods; else there is no such method.</param>
    public static GrpcCode Of(ProblemCode problem, bool isKnownMethod)
    {
        if (problem == ProblemCode.OutcomeUnknown || problem == ProblemCode.RequestTimeout)
        {
            // The request may have taken effect, or may not: sent again with its key it cannot take effect twice.
            return GrpcCode.Unavailable;
        }

        return problem.Status switch
        {
            404 or 405 when !isKnownMethod => GrpcCode.Unimplemented,
            _ when problem == ProblemCode.IdempotencyKeyInProgress => GrpcCode.Aborted,
            _ when problem == ProblemCode.ObligationTaken || problem == ProblemCode.DuplicateSuspected => GrpcCode.AlreadyExists,
            _ when problem == ProblemCode.ProviderDeclined => GrpcCode.FailedPrecondition,
            400 or 422 => GrpcCode.InvalidArgument,
            401 => GrpcCode.Unauthenticated,
            403 => GrpcCode.PermissionDenied,
            404 => GrpcCode.NotFound,
            409 => GrpcCode.FailedPrecondition,
            413 or 429 or 431 => GrpcCode.ResourceExhausted,
            405 or 415 => GrpcCode.Unimplemented,
            503 => GrpcCode.Unavailable,
            _ => GrpcCode.Internal,
        };
    }
}
