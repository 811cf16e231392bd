using System.Security.Cryptography;
using System.Text;
using Florin.Identity;
using Florin.Identity.Jose;
using Florin.Identity.Keys;
using Xunit;

namespace Florin.Tests.Identity;

/// <summary>Tokens that RFC 8725 and the records of broken verifiers warn of, against the verifier as the host has it.</summary>
public sealed class AccessTokenAttackTests(SharedIdentityWorld shared) : IClassFixture<SharedIdentityWorld>, IAsyncLifetime
{
    private readonly IdentityWorld _world = shared.World;
    private SigningKey _key = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _key = await _world.Ring.GetCurrentAsync(Token);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_token_that_was_issued_is_valid_and_says_what_it_was_issued_for()
    {
        UserId user = new(Guid.Parse("0190f3a0-0000-7000-8000-000000000001"));
        SessionId session = new(Guid.Parse("0190f3a0-0000-7000-8000-000000000002"));
        string token = await _world.AccessTokens.IssueAsync(user, session, UserKind.Business, Token);

        AccessToken valid = Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(token, Token)).Token;
        Assert.Equal((user, session, UserKind.Business), (valid.User, valid.Session, valid.Kind));
        Assert.Equal(_world.Time.GetUtcNow(), valid.IssuedAt);
        Assert.Equal(_world.Time.GetUtcNow() + TimeSpan.FromMinutes(15), valid.ExpiresAt);
        Assert.InRange(token.Length, 200, 1000);
    }

    [Theory]
    [InlineData("""{"alg":"none","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"None","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"nOnE","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"es256","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"ES256 ","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"HS256","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"ES384","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"PS256","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":["ES256"],"typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":null,"typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"\ud800","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmRefused)]
    [InlineData("""{"alg":"RS256","typ":"at+jwt","kid":"K"}""", TokenRefusal.AlgorithmNotOfKey)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","crit":["exp"]}""", TokenRefusal.CriticalExtension)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","crit":[]}""", TokenRefusal.CriticalExtension)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","crit":["b64"],"b64":false}""", TokenRefusal.CriticalExtension)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","jwk":{"kty":"EC"}}""", TokenRefusal.KeyInHeader)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","jku":"https://attacker.example/keys"}""", TokenRefusal.KeyInHeader)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","x5c":["MIIB"]}""", TokenRefusal.KeyInHeader)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","x5u":"https://attacker.example/c"}""", TokenRefusal.KeyInHeader)]
    [InlineData("""{"alg":"ES256","typ":"JWT","kid":"K"}""", TokenRefusal.TypeWrong)]
    [InlineData("""{"alg":"ES256","typ":"stepup+jwt","kid":"K"}""", TokenRefusal.TypeWrong)]
    [InlineData("""{"alg":"ES256","typ":1,"kid":"K"}""", TokenRefusal.TypeWrong)]
    [InlineData("""{"alg":"ES256","kid":"K"}""", TokenRefusal.TypeWrong)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt"}""", TokenRefusal.KeyUnknown)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":""}""", TokenRefusal.KeyUnknown)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":7}""", TokenRefusal.KeyUnknown)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"../../../../dev/null"}""", TokenRefusal.KeyUnknown)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"x' OR '1'='1"}""", TokenRefusal.KeyUnknown)]
    [InlineData("""{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"K"}""", TokenRefusal.Malformed)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K","kid":"K"}""", TokenRefusal.Malformed)]
    [InlineData("""["ES256"]""", TokenRefusal.Malformed)]
    [InlineData("null", TokenRefusal.Malformed)]
    [InlineData("", TokenRefusal.Malformed)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K",}""", TokenRefusal.Malformed)]
    [InlineData("""{"alg":"ES256"/**/,"typ":"at+jwt","kid":"K"}""", TokenRefusal.Malformed)]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"K"} {}""", TokenRefusal.Malformed)]
    public async Task A_header_that_is_not_exactly_ours_is_refused(string header, TokenRefusal expected)
    {
        string issued = await IssueAsync();
        string forged = $"{Encode(header.Replace("\"K\"", $"\"{_key.Id}\"", StringComparison.Ordinal))}.{issued.Split('.')[1]}.{issued.Split('.')[2]}";
        Assert.Equal(expected, await RefusalAsync(forged));
    }

    [Fact]
    public async Task An_HMAC_made_with_the_public_key_is_refused()
    {
        string input = $"{Encode($$"""{"alg":"HS256","typ":"at+jwt","kid":"{{_key.Id}}"}""")}.{(await IssueAsync()).Split('.')[1]}";
        using ECDsa publicKey = ECDsa.Create(_key.PublicParameters);
        foreach (byte[] secret in new[] { publicKey.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(publicKey.ExportSubjectPublicKeyInfoPem()) })
        {
            string forged = $"{input}.{StrictBase64Url.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(input)))}";
            Assert.Equal(TokenRefusal.AlgorithmRefused, await RefusalAsync(forged));
        }
    }

    [Fact]
    public async Task Signatures_that_other_verifiers_fell_for_are_refused()
    {
        string issued = await IssueAsync();
        string[] parts = issued.Split('.');
        string input = $"{parts[0]}.{parts[1]}";
        StrictBase64Url.TryDecode(parts[2], out byte[]? signature);
        using ECDsa stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[][] forgeries =
        [
            [],
            new byte[64],
            [.. new byte[31], 1, .. new byte[31], 1],
            signature![..63],
            [.. signature, 0],
            [.. signature[32..], .. signature[..32]],
            stranger.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256),
            [.. Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"), .. signature[32..]],
        ];
        foreach (byte[] forgery in forgeries)
        {
            Assert.Equal(TokenRefusal.SignatureWrong, await RefusalAsync($"{input}.{StrictBase64Url.Encode(forgery)}"));
        }
    }

    [Fact]
    public async Task Other_spellings_of_a_valid_token_are_refused()
    {
        string issued = await IssueAsync();
        string[] spellings =
        [
            issued + "=", issued + "\n", " " + issued, issued + ".", issued + ".AA", "." + issued, issued.Replace(".", "..", StringComparison.Ordinal),
            issued[..issued.LastIndexOf('.')], issued.Replace('.', ' '), "a.b.c", "..", ".", "", "\0",
        ];
        foreach (string spelling in spellings)
        {
            Assert.Equal(TokenRefusal.Malformed, await RefusalAsync(spelling));
        }

        Assert.Equal(TokenRefusal.Malformed, Assert.IsType<AccessTokenCheck.Refused>(await _world.AccessTokens.VerifyAsync(null, Token)).Reason);
        Assert.Equal(TokenRefusal.TooLarge, await RefusalAsync(new string('A', CompactJws.LengthMax + 1)));
    }

    [Fact]
    public async Task A_changed_claim_is_refused()
    {
        string[] parts = (await IssueAsync()).Split('.');
        string admin = Encode(ClaimsJson(("kind", "\"business\"")));
        Assert.Equal(TokenRefusal.SignatureWrong, await RefusalAsync($"{parts[0]}.{admin}.{parts[2]}"));
    }

    [Theory]
    [InlineData("sub", "\"not-a-user\"", TokenRefusal.ClaimsMalformed)]
    [InlineData("sub", "7", TokenRefusal.ClaimsMalformed)]
    [InlineData("sub", null, TokenRefusal.ClaimsMalformed)]
    [InlineData("sid", null, TokenRefusal.ClaimsMalformed)]
    [InlineData("jti", null, TokenRefusal.ClaimsMalformed)]
    [InlineData("kind", "\"operator\"", TokenRefusal.ClaimsMalformed)]
    [InlineData("exp", null, TokenRefusal.ClaimsMalformed)]
    [InlineData("exp", "\"1768478400\"", TokenRefusal.ClaimsMalformed)]
    [InlineData("exp", "1e400", TokenRefusal.ClaimsMalformed)]
    [InlineData("exp", "99999999999999999999", TokenRefusal.ClaimsMalformed)]
    [InlineData("exp", "-1", TokenRefusal.ClaimsMalformed)]
    [InlineData("iat", null, TokenRefusal.ClaimsMalformed)]
    [InlineData("nbf", "\"soon\"", TokenRefusal.ClaimsMalformed)]
    [InlineData("iss", "\"Florin\"", TokenRefusal.IssuerWrong)]
    [InlineData("iss", "\"florin/\"", TokenRefusal.IssuerWrong)]
    [InlineData("iss", "[\"florin\"]", TokenRefusal.IssuerWrong)]
    [InlineData("iss", null, TokenRefusal.IssuerWrong)]
    [InlineData("aud", null, TokenRefusal.AudienceWrong)]
    [InlineData("aud", "\"other\"", TokenRefusal.AudienceWrong)]
    [InlineData("aud", "[]", TokenRefusal.AudienceWrong)]
    [InlineData("aud", "[\"other\",7]", TokenRefusal.AudienceWrong)]
    [InlineData("aud", "{\"florin\":true}", TokenRefusal.AudienceWrong)]
    public async Task Claims_of_our_own_key_that_are_not_ours_are_refused(string claim, string? value, TokenRefusal expected) =>
        Assert.Equal(expected, await RefusalAsync(Sign(ClaimsJson((claim, value)))));

    [Theory]
    [InlineData("aud", "[\"other\",\"florin\"]")]
    [InlineData("exp", "253402300799")]
    [InlineData("exp", "1768478460.5")]
    [InlineData("extra", "{\"deep\":[1,2]}")]
    public async Task Claims_that_RFC_7519_allows_are_accepted(string claim, string value) =>
        Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(Sign(ClaimsJson((claim, value))), Token));

    [Theory]
    [InlineData("exp", -60, false, TokenRefusal.Expired)]
    [InlineData("exp", -59, true, default(TokenRefusal))]
    [InlineData("iat", 60, true, default(TokenRefusal))]
    [InlineData("iat", 61, false, TokenRefusal.NotYetValid)]
    [InlineData("nbf", 60, true, default(TokenRefusal))]
    [InlineData("nbf", 61, false, TokenRefusal.NotYetValid)]
    public async Task Times_have_a_leeway_of_exactly_60_seconds(string claim, int secondsFromNow, bool isValid, TokenRefusal expected)
    {
        long value = _world.Time.GetUtcNow().ToUnixTimeSeconds() + secondsFromNow;
        AccessTokenCheck check = await _world.AccessTokens.VerifyAsync(Sign(ClaimsJson((claim, $"{value}"))), Token);
        Assert.Equal(isValid, check is AccessTokenCheck.Valid);
        Assert.Equal(isValid ? null : expected, (check as AccessTokenCheck.Refused)?.Reason);
    }

    [Fact]
    public async Task A_payload_with_two_readings_is_refused()
    {
        string twice = ClaimsJson().Replace("{", "{\"sub\":\"0190f3a0-0000-7000-8000-00000000000f\",", StringComparison.Ordinal);
        Assert.Equal(TokenRefusal.ClaimsMalformed, await RefusalAsync(Sign(twice)));
        Assert.Equal(TokenRefusal.ClaimsMalformed, await RefusalAsync(_key.Sign("at+jwt", [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])));
        Assert.Equal(TokenRefusal.ClaimsMalformed, await RefusalAsync(Sign("[]")));
        string deep = ClaimsJson(("extra", $"{new string('[', 64)}{new string(']', 64)}"));
        Assert.Equal(TokenRefusal.ClaimsMalformed, await RefusalAsync(Sign(deep)));
    }

    private static string Encode(string text) => StrictBase64Url.Encode(Encoding.UTF8.GetBytes(text));

    private Task<string> IssueAsync() => _world.AccessTokens.IssueAsync(new UserId(Guid.Empty), new SessionId(Guid.Empty), UserKind.Person, Token);

    private string Sign(string payload) => _key.Sign("at+jwt", Encoding.UTF8.GetBytes(payload));

    private async Task<TokenRefusal> RefusalAsync(string token) =>
        Assert.IsType<AccessTokenCheck.Refused>(await _world.AccessTokens.VerifyAsync(token, Token)).Reason;

    /// <summary>The claims of a valid token, with one of them replaced, added, or (by null) left out.</summary>
    private string ClaimsJson(params (string Name, string? Json)[] changes)
    {
        long now = _world.Time.GetUtcNow().ToUnixTimeSeconds();
        Dictionary<string, string?> claims = new()
        {
            ["iss"] = "\"florin\"",
            ["aud"] = "\"florin\"",
            ["sub"] = "\"0190f3a0-0000-7000-8000-000000000001\"",
            ["sid"] = "\"0190f3a0-0000-7000-8000-000000000002\"",
            ["kind"] = "\"person\"",
            ["jti"] = "\"0190f3a0-0000-7000-8000-000000000003\"",
            ["iat"] = $"{now}",
            ["exp"] = $"{now + 900}",
        };
        foreach ((string name, string? json) in changes)
        {
            claims[name] = json;
        }

        return $"{{{string.Join(',', claims.Where(claim => claim.Value is not null).Select(claim => $"\"{claim.Key}\":{claim.Value}"))}}}";
    }
}
