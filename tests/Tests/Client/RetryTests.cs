using Florin.Client;
using Xunit;

namespace Florin.Tests.Client;

/// <summary>When a call is made again, with what, and after how long.</summary>
public sealed class RetryTests
{
    private const string Paid = """{"id":"00000000-0000-0000-0000-000000000001","status":"captured","amount":"10.50","currency":"USD","a_field_of_tomorrow":1}""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(77);

    private static readonly PaymentRequest Order = new() { Amount = Amount.Parse("10.50"), Currency = "USD", PaymentSource = "pm_card_visa", Capture = "automatic" };

    private readonly PausesOnly _clock = new(Patience);

    public static TheoryData<int, string> Passing => new() { { 409, "idempotency_key_in_progress" }, { 429, "rate_limited" }, { 500, "internal_error" }, { 503, "unavailable" } };

    public static TheoryData<int, string, Type> Final => new()
    {
        { 400, "bad_request", typeof(InvalidRequestException) },
        { 401, "invalid_credentials", typeof(NotAuthenticatedException) },
        { 403, "forbidden", typeof(NotAllowedException) },
        { 404, "not_found", typeof(NotFoundException) },
        { 409, "insufficient_funds", typeof(ConflictException) },
        { 422, "validation_failed", typeof(InvalidRequestException) },
        { 202, "outcome_unknown", typeof(OutcomeUnknownException) },
        { 405, "method_not_allowed", typeof(FlorinProblemException) },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_passes_is_asked_for_again_with_the_same_key(int status, string code)
    {
        ScriptedServer server = new(ScriptedServer.Problem(status, code), ScriptedServer.Lose, ScriptedServer.Answer(201, Paid));
        using FlorinClient client = Client(server);
        PaymentResponse payment = await client.Payments.StartPaymentAsync(Order, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(("captured", Amount.Parse("10.5")), (payment.Status, payment.Amount));
        Assert.Equal(3, server.Requests.Count);
        Assert.Equal("key-1", Assert.Single(server.Requests.Select(request => request.Key).Distinct()));
        Assert.Equal("""{"amount":"10.50","currency":"USD","payment_source":"pm_card_visa","capture":"automatic"}""", Assert.Single(server.Requests.Select(request => request.Body).Distinct()));
        await client.Payments.StartPaymentAsync(Order, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("key-2", server.Requests[^1].Key);
        await client.Payments.StartPaymentAsync(Order, new CallOptions { IdempotencyKey = "mine" }, TestContext.Current.CancellationToken);
        Assert.Equal("mine", server.Requests[^1].Key);
    }

    [Theory]
    [MemberData(nameof(Final))]
    public async Task What_does_not_pass_is_a_typed_exception_at_once(int status, string code, Type type)
    {
        ScriptedServer server = new(ScriptedServer.Problem(status, code));
        using FlorinClient client = Client(server);
        FlorinProblemException refused = await Assert.ThrowsAnyAsync<FlorinProblemException>(
            () => client.Payments.StartPaymentAsync(Order, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((type, status, code, "r-1", "key-1"), (refused.GetType(), refused.Problem.Status, refused.Code, refused.Problem.RequestId, refused.IdempotencyKey));
        Assert.Single(server.Requests);
        Assert.Empty(_clock.Pauses);
    }

    [Fact]
    public async Task Pauses_double_up_to_their_limit_and_are_a_random_part()
    {
        ScriptedServer server = new(ScriptedServer.Problem(503, "unavailable"));
        using FlorinClient client = Client(server, attempts: 6, jitter: FlorinClientOptions.JitterMax / 2);
        UnavailableException last = await Assert.ThrowsAsync<UnavailableException>(
            () => client.Payments.StartPaymentAsync(Order, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("unavailable", last.Code);
        Assert.Equal(6, server.Requests.Count);
        Assert.Equal([50, 100, 200, 400, 500], _clock.Pauses.Select(pause => pause.TotalMilliseconds));
    }

    [Fact]
    public async Task Retry_after_is_waited_for_and_too_long_a_one_ends_the_call()
    {
        string date = _clock.GetUtcNow().AddSeconds(1).ToString("r");
        ScriptedServer server = new(
            ScriptedServer.Problem(429, "rate_limited", "1"), ScriptedServer.Problem(503, "unavailable", date), ScriptedServer.Problem(503, "unavailable", "3600"));
        using FlorinClient client = Client(server);
        UnavailableException last = await Assert.ThrowsAsync<UnavailableException>(
            () => client.Payments.StartPaymentAsync(Order, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(TimeSpan.FromHours(1), last.Problem.RetryAfter);
        Assert.Equal([1, 1], _clock.Pauses.Select(pause => pause.TotalSeconds));
    }

    [Fact]
    public async Task What_may_not_be_done_twice_is_not_asked_for_twice()
    {
        RegisterRequest body = new() { Email = "a@b.example", Password = "a long enough password", Name = "Ann", Kind = "person" };
        foreach (var answer in (Func<HttpRequestMessage, HttpResponseMessage>[])[ScriptedServer.Lose, ScriptedServer.Problem(503, "unavailable")])
        {
            ScriptedServer server = new(answer);
            using FlorinClient client = Client(server);
            await Assert.ThrowsAnyAsync<FlorinException>(() => client.Identity.RegisterAsync(body, TestContext.Current.CancellationToken));
            Assert.Null(Assert.Single(server.Requests).Key);
        }
    }

    [Fact]
    public async Task No_answer_at_all_tells_the_key()
    {
        ScriptedServer server = new(ScriptedServer.Lose);
        using FlorinClient client = Client(server);
        FlorinConnectionException lost = await Assert.ThrowsAsync<FlorinConnectionException>(
            () => client.Payments.StartPaymentAsync(Order, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("key-1", lost.IdempotencyKey);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task An_answer_without_a_document_is_told_by_its_status()
    {
        ScriptedServer server = new(_ => new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden) { Content = new StringContent("<html>proxy</html>") });
        using FlorinClient client = Client(server);
        NotAllowedException refused = await Assert.ThrowsAsync<NotAllowedException>(() => client.Wallets.GetWalletAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Problem.NoDocument, refused.Code);
    }

    [Fact]
    public async Task Lists_are_read_page_after_page()
    {
        ScriptedServer server = new(
            ScriptedServer.Answer(200, """{"data":[{"status":"won"},{"status":"lost"}],"next_cursor":"a b"}"""),
            ScriptedServer.Answer(200, """{"data":[{"status":"inquiry"}],"next_cursor":null}"""));
        using FlorinClient client = Client(server);
        List<string> seen = [];
        await foreach (DisputeResponse dispute in client.Payments.ListDisputesAllAsync(limit: 2, TestContext.Current.CancellationToken))
        {
            seen.Add(dispute.Status);
        }

        Assert.Equal(["won", "lost", "inquiry"], seen);
        Assert.Equal(["/disputes?limit=2", "/disputes?limit=2&cursor=a%20b"], server.Requests.Select(request => request.Address));
    }

    private FlorinClient Client(ScriptedServer server, int attempts = 4, int jitter = FlorinClientOptions.JitterMax)
    {
        int keys = 0;
        return new FlorinClient(
            new FlorinClientOptions
            {
                BaseAddress = new Uri("http://florin.test"),
                AttemptsMax = attempts,
                PauseFirst = TimeSpan.FromMilliseconds(100),
                PauseMax = TimeSpan.FromSeconds(1),
                AttemptTimeout = Patience,
                NewKey = () => $"key-{++keys}",
                Jitter = () => jitter,
                TimeProvider = _clock,
            },
            new HttpClient(server));
    }
}
