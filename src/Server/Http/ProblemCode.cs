using System.Collections.Frozen;
using System.Reflection;

namespace Florin.Server.Http;

/// <summary>A kind of refusal. The code is part of the public contract: never renamed, its status never changed.</summary>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">The same words for every occurrence.</param>
internal sealed record ProblemCode(string Code, int Status, string Title)
{
    /// <summary>The problem type as a URI; it identifies and is not meant to be fetched (RFC 9457, section 3.1.1).</summary>
    public string Type => "urn:florin:problem:" + Code;

    // How the request is written.
    public static readonly ProblemCode BadRequest = new("bad_request", 400, "The request cannot be understood");
    public static readonly ProblemCode MalformedJson = new("malformed_json", 400, "The body is not the JSON that is expected");
    public static readonly ProblemCode BadQuery = new("bad_query", 400, "A query parameter is not valid");
    public static readonly ProblemCode IdempotencyKeyMissing = new("idempotency_key_missing", 400, "An Idempotency-Key header is required");
    public static readonly ProblemCode IdempotencyKeyInvalid = new("idempotency_key_invalid", 400, "The Idempotency-Key header is not valid");
    public static readonly ProblemCode SignatureInvalid = new("signature_invalid", 401, "The signature does not prove the sender");
    public static readonly ProblemCode MethodNotAllowed = new("method_not_allowed", 405, "The method is not allowed here");
    public static readonly ProblemCode NotAcceptable = new("not_acceptable", 406, "No acceptable representation");
    public static readonly ProblemCode RequestTimeout = new("request_timeout", 408, "The request took too long to arrive");
    public static readonly ProblemCode LengthRequired = new("length_required", 411, "A length is required");
    public static readonly ProblemCode PayloadTooLarge = new("payload_too_large", 413, "The body is too large");
    public static readonly ProblemCode UriTooLong = new("uri_too_long", 414, "The address is too long");
    public static readonly ProblemCode UnsupportedMediaType = new("unsupported_media_type", 415, "The media type or encoding of the body is not supported");
    public static readonly ProblemCode ValidationFailed = new("validation_failed", 422, "One or more fields are not valid");
    public static readonly ProblemCode UnknownField = new("unknown_field", 422, "The body has fields that this endpoint does not know");
    public static readonly ProblemCode TooManyDecimals = new("too_many_decimals", 422, "The amount has more decimals than its currency");
    public static readonly ProblemCode UnsupportedCurrency = new("unsupported_currency", 422, "The currency is not supported");
    public static readonly ProblemCode CardNumberRefused = new("card_number_refused", 422, "The request carries something like a card number");
    public static readonly ProblemCode HeadersTooLarge = new("headers_too_large", 431, "The header fields are too large");

    // Who asks.
    public static readonly ProblemCode Unauthenticated = new("unauthenticated", 401, "Authentication is required");
    public static readonly ProblemCode InvalidCredentials = new("invalid_credentials", 401, "The credentials are not valid");
    public static readonly ProblemCode InsufficientScope = new("insufficient_scope", 403, "Not allowed");
    public static readonly ProblemCode Forbidden = new("forbidden", 403, "The caller may not do this");
    public static readonly ProblemCode StepUpRequired = new("step_up_required", 403, "A further proof of identity is required");
    public static readonly ProblemCode KycRequired = new("kyc_required", 403, "The identity of the user must be verified first");
    public static readonly ProblemCode ScreeningHold = new("screening_hold", 403, "The movement is held for screening");
    public static readonly ProblemCode RateLimited = new("rate_limited", 429, "Too many requests");

    // What the request meets.
    public static readonly ProblemCode OutcomeUnknown = new("outcome_unknown", 202, "The outcome is not known yet");
    public static readonly ProblemCode NotFound = new("not_found", 404, "There is no such thing");
    public static readonly ProblemCode Conflict = new("conflict", 409, "The present state does not allow this");
    public static readonly ProblemCode InsufficientFunds = new("insufficient_funds", 409, "The available balance is too small");
    public static readonly ProblemCode AccountNotOpen = new("account_not_open", 409, "The account is frozen or closed");
    public static readonly ProblemCode LimitExceeded = new("limit_exceeded", 409, "A limit would be exceeded");
    public static readonly ProblemCode InvalidTransition = new("invalid_transition", 409, "The present state does not allow this");
    public static readonly ProblemCode EmailTaken = new("email_taken", 409, "The e-mail address is registered already");
    public static readonly ProblemCode ObligationTaken = new("obligation_taken", 409, "Another request already pays this");
    public static readonly ProblemCode AlreadyClaimed = new("already_claimed", 409, "Somebody else has taken this");
    public static readonly ProblemCode DuplicateSuspected = new("duplicate_suspected", 409, "The same was asked for a moment ago under another key");
    public static readonly ProblemCode InvoiceDiffers = new("invoice_differs", 409, "The payment is not what the invoice asks for");
    public static readonly ProblemCode LedgerRefused = new("ledger_refused", 409, "The ledger refused the movement");
    public static readonly ProblemCode IdempotencyKeyInProgress = new("idempotency_key_in_progress", 409, "The first request with this key is still running");
    public static readonly ProblemCode IdempotencyKeyMismatch = new("idempotency_key_mismatch", 422, "The key was used for another request");
    public static readonly ProblemCode ProviderDeclined = new("provider_declined", 422, "The provider declined");
    public static readonly ProblemCode InternalError = new("internal_error", 500, "Something went wrong on our side");
    public static readonly ProblemCode ProviderUnavailable = new("provider_unavailable", 503, "The provider gave no usable answer");
    public static readonly ProblemCode Unavailable = new("unavailable", 503, "The service cannot answer now");

    /// <summary>All codes, by name. For the API document and the tests.</summary>
    public static FrozenDictionary<string, ProblemCode> All { get; } = typeof(ProblemCode)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.FieldType == typeof(ProblemCode))
        .Select(field => (ProblemCode)field.GetValue(null)!)
        .ToFrozenDictionary(code => code.Code, StringComparer.Ordinal);

    /// <summary>The code for a bare status that the framework set without a body.</summary>
    public static ProblemCode ForStatus(int status) => status switch
    {
        400 => BadRequest,
        401 => Unauthenticated,
        403 => Forbidden,
        404 => NotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        408 => RequestTimeout,
        411 => LengthRequired,
        413 => PayloadTooLarge,
        414 => UriTooLong,
        415 => UnsupportedMediaType,
        429 => RateLimited,
        431 => HeadersTooLarge,
        503 => Unavailable,
        202 => OutcomeUnknown,
        409 => Conflict,
        422 => ValidationFailed,
        >= 500 => InternalError,
        _ => BadRequest,
    };
}
