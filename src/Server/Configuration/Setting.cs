namespace Florin.Server.Configuration;

/// <summary>One setting of the server, as it may stand in <c>florin.json</c> or the environment.</summary>
/// <param name="Path">Lower-case parts joined by dots: <c>stripe.secret_key</c> is <c>FLORIN__STRIPE__SECRET_KEY</c> in the environment.</param>
/// <param name="Meaning">For <c>--print-config</c> and the docs.</param>
/// <param name="Default">Used when it is set nowhere; <see langword="null"/> leaves it unset.</param>
/// <param name="IsSecret">Masked wherever it is shown, and may come from a file named by <c>…_FILE</c>.</param>
internal sealed record Setting(string Path, string Meaning, string? Default = null, bool IsSecret = false)
{
    public string EnvironmentName => SettingSources.EnvironmentPrefix + Path.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();

    public override string ToString() => Path;
}

/// <summary>All settings. What is not listed here is refused, so that a slip of the pen does not leave a default in force.</summary>
internal static class Settings
{
    public static readonly Setting HttpUrl = new("http.url", "Where the server listens", "http://127.0.0.1:8080");
    public static readonly Setting GrpcUrl = new(
        "grpc.url", "Where gRPC is served, over HTTP/2 without TLS; not at all when unset (development mode takes a free port and says it in dev.json)");

    public static readonly Setting HttpConnectionsMax = new("http.connections_max", "Connections at the same time", "10000");
    public static readonly Setting HttpRequestsMax = new(
        "http.requests_max", "Requests handled at the same time; one more is answered 503 with Retry-After and has no effect", "1000");

    public static readonly Setting LoginsPerMinute = new("http.logins_per_minute", "Tries to register, log in or refresh from one address", "60");
    public static readonly Setting Data = new("data", "The data folder", "data");
    public static readonly Setting DatabaseUrl = new(
        "database.url", "PostgreSQL 15 or newer, as postgresql://user:password@host/name; a private one under the data folder when unset", IsSecret: true);

    public static readonly Setting MasterKey = new(
        "identity.master_key", "32 bytes in hexadecimal that protect signing keys; kept in the data folder when unset", IsSecret: true);

    public static readonly Setting Issuer = new("identity.issuer", "The issuer (iss) of access tokens", "florin");
    public static readonly Setting Audience = new("identity.audience", "The audience (aud) of access tokens", "florin");
    public static readonly Setting StripeUrl = new("stripe.url", "The base address of Stripe's API", "https://api.stripe.com");
    public static readonly Setting StripeSecretKey = new("stripe.secret_key", "The secret key of the Stripe account", IsSecret: true);
    public static readonly Setting StripeWebhookSecret = new("stripe.webhook_secret", "The signing secret of the webhook endpoint", IsSecret: true);
    public static readonly Setting StripeWebhookSecretPrevious = new(
        "stripe.webhook_secret_previous", "The signing secret before the last change, while both are in use", IsSecret: true);

    public static readonly Setting StripeTimeout = new("stripe.timeout_seconds", "How long one request to Stripe may take (30)");
    public static readonly Setting StripeSecretKeyExpires = new("stripe.secret_key_expires", "The day on which the secret key ends, like 2027-03-01; told of two weeks before");
    public static readonly Setting PayPalUrl = new("paypal.url", "The base address of PayPal's API", "https://api-m.paypal.com");
    public static readonly Setting PayPalClientId = new(
        "paypal.client_id", "The client id of the REST app at PayPal; without it PayPal is not used (development mode uses the sandbox)", IsSecret: true);

    public static readonly Setting PayPalClientSecret = new("paypal.client_secret", "The secret of the REST app at PayPal", IsSecret: true);
    public static readonly Setting PayPalWebhookId = new("paypal.webhook_id", "PayPal's id of the webhook that sends to this server");
    public static readonly Setting PayPalClientSecretExpires = new(
        "paypal.client_secret_expires", "The day on which the client's secret ends, like 2027-03-01; told of two weeks before");

    public static readonly Setting PayPalTimeout = new("paypal.timeout_seconds", "How long one request to PayPal may take (30)");
    public static readonly Setting SandboxUrl = new("sandbox.url", "A provider sandbox that runs already; development mode starts one when unset");
    public static readonly Setting FollowSandboxClock = new(
        "sandbox.follow_clock", "With --dev only: true moves the server's time of day with the sandbox's clock", "false");

    public static readonly Setting SettleWindow = new(
        "wallets.settle_window_seconds", "How long 'no such payment' after a lost answer may mean 'not yet' (900; 30 in development)");

    public static readonly Setting PollFirst = new(
        "wallets.poll_first_seconds", "The first pause before a provider's object is looked at again (5; 2 in development)");

    public static readonly Setting StripeRate = new(
        "stripe.requests_per_second", "Reads, and writes, that may leave for Stripe in a second (100); what comes faster waits up to 5 seconds in order, the rest is tried later");

    public static readonly Setting PayPalRate = new("paypal.requests_per_second", "The same for PayPal (100)");

    public static readonly Setting PaymentFeeBasisPoints = new(
        "payments.fee_basis_points", "What merchants pay of what is captured, in hundredths of a percent (290)");

    public static readonly Setting PaymentFeeFixed = new(
        "payments.fee_fixed", "What merchants pay for each payment besides, in smallest units of its currency (30)");

    public static readonly Setting PaymentMerchantFees = new(
        "payments.merchant_fees", "Merchants with other fees: wallet=basis points+fixed, with commas between; what has begun keeps its fees");

    public static readonly Setting PaymentReserveBasisPoints = new(
        "payments.reserve_basis_points", "What is kept back of each capture for a time, in hundredths of a percent (0)");

    public static readonly Setting PaymentReserveSeconds = new(
        "payments.reserve_seconds", "How long it is kept back (7776000, which is 90 days)");

    public static readonly Setting PaymentSettlementBank = new(
        "payments.settlement_bank", "The name of the bank account that providers settle to, as in bank:main:safeguarded (main)");

    public static readonly Setting PaymentDuplicates = new(
        "payments.duplicates", "What is done with a payment like one of a moment ago under a fresh key: off, warn or hold (warn)");

    public static readonly Setting PaymentDuplicateSeconds = new(
        "payments.duplicate_seconds", "How long ago that one may be (120)");

    public static readonly Setting PaymentActionSeconds = new(
        "payments.action_seconds", "How long a payer may take to act at the bank (3-D Secure) or to approve at PayPal before the payment is cancelled (1800)");

    public static readonly Setting PaymentRoutes = new(
        "payments.routes", "Which acquirer takes a payment: rules like currency:EUR&source:B-=paypal, with commas between; the first that fits decides, else stripe");

    public static readonly Setting RetryDays = new(
        "subscriptions.retry_days", "Days after the first failed attempt on which an invoice is tried again, rising, with commas between (1,3,5,7)");

    public static readonly Setting AfterDunning = new(
        "subscriptions.after_dunning", "What becomes of a subscription when the last retry failed: canceled or unpaid (canceled)");

    public static readonly Setting FlowLease = new(
        "flows.lease_seconds", "How long a flow (30) or a provider's event (120) of a server that died stays untouched");

    public static readonly Setting AdvertiseUrl = new(
        "ledger.advertise_url", "Where other servers on the same database reach this one (the listening address)");

    public static readonly Setting LedgerLease = new(
        "ledger.lease_ms", "How long the other servers wait after the last sign of life of the one that leads the ledger", "3000");

    public static readonly Setting LedgerPatience = new("ledger.patience_seconds", "How long a call waits for a server that leads the ledger", "20");
    public static readonly Setting PullInterval = new("flows.pull_seconds", "How often providers are asked for events that no webhook brought (60)");
    public static readonly Setting UnknownMax = new(
        "flows.unknown_max_seconds", "How long an outcome may be unknown before it is overdue: GET /flows/unknown and a warning say so (14400)");

    public static readonly Setting AllowLoopbackEndpoints = new(
        "events.allow_loopback", "With --dev only: true lets webhook endpoints be http and on this machine", "false");

    public static readonly Setting LogLevel = new("log.level", "trace, debug, information, warning or error", "information");

    public static IReadOnlyList<Setting> All { get; } =
    [
        HttpUrl, GrpcUrl, HttpConnectionsMax, HttpRequestsMax, LoginsPerMinute, Data, DatabaseUrl, MasterKey, Issuer, Audience,
        StripeUrl, StripeSecretKey, StripeWebhookSecret, StripeWebhookSecretPrevious, StripeTimeout, StripeSecretKeyExpires,
        PayPalUrl, PayPalClientId, PayPalClientSecret, PayPalWebhookId, PayPalTimeout, PayPalClientSecretExpires, SandboxUrl, FollowSandboxClock,
        StripeRate, PayPalRate,
        SettleWindow, PollFirst, PaymentFeeBasisPoints, PaymentFeeFixed, PaymentMerchantFees, PaymentReserveBasisPoints, PaymentReserveSeconds, PaymentSettlementBank, PaymentDuplicates, PaymentDuplicateSeconds, PaymentActionSeconds, PaymentRoutes, RetryDays, AfterDunning, FlowLease, AdvertiseUrl,
        LedgerLease, LedgerPatience, PullInterval, UnknownMax,
        AllowLoopbackEndpoints, LogLevel,
    ];

    /// <summary>Finds a setting by its path, without regard to case.</summary>
    public static Setting? Find(string path) => All.FirstOrDefault(setting => setting.Path.Equals(path, StringComparison.OrdinalIgnoreCase));
}
