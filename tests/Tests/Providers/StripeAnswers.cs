namespace Florin.Tests.Providers;

/// <summary>Stripe's answers, written by hand from its documentation.</summary>
internal static class StripeAnswers
{
    public const string Payment =
        """
        {"id":"pi_1","object":"payment_intent","amount":1050,"amount_capturable":0,"amount_received":1050,"client_secret":"pi_1_secret_abc","currency":"usd",
         "livemode":false,"metadata":{"florin_reference":"flow-1"},"status":"succeeded","a_field_of_tomorrow":{"x":[1,2]}}
        """;

    public const string Payout =
        """{"id":"po_1","object":"payout","amount":1050,"currency":"usd","status":"pending","livemode":false,"metadata":{"florin_reference":"flow-2"}}""";

    public const string Decline =
        """
        {"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","charge":"ch_1",
         "payment_intent":{"id":"pi_1","object":"payment_intent","status":"requires_payment_method"}}}
        """;

    public const string KeyInUse = """{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use","message":"There is currently another in-progress request."}}""";

    public const string RateLimit = """{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many requests"}}""";

    public const string ServerError = """{"error":{"type":"api_error","message":"An unknown error occurred"}}""";

    public static string PaymentWith(string status, string extra = "") =>
        $$$"""{"id":"pi_1","object":"payment_intent","amount":1050,"amount_received":0,"currency":"usd","status":"{{{status}}}","metadata":{"florin_reference":"flow-1"}{{{extra}}} }""";

    public static string Error(string type, string? code = null) =>
        code is null ? $$$"""{"error":{"type":"{{{type}}}","message":"m"}}""" : $$$"""{"error":{"type":"{{{type}}}","code":"{{{code}}}","message":"m"}}""";

    public static string List(string url, bool hasMore, params string[] items) =>
        $$"""{"object":"list","url":"{{url}}","has_more":{{(hasMore ? "true" : "false")}},"data":[{{string.Join(',', items)}}]}""";
}
