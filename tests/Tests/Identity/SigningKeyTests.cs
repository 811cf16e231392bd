using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Florin.Identity;
using Florin.Identity.Keys;
using Xunit;

namespace Florin.Tests.Identity;

public sealed class SigningKeyTests : IAsyncLifetime
{
    private IdentityWorld _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await IdentityWorld.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task The_published_keys_verify_a_token_by_the_framework_alone()
    {
        string token = await IssueAsync(_world);
        using JsonDocument set = JsonDocument.Parse(await _world.SigningKeys.GetKeySetAsync(Token));
        JsonElement key = Assert.Single(set.RootElement.GetProperty("keys").EnumerateArray());
        Assert.Equal(("EC", "P-256", "ES256", "sig"), (Text(key, "kty"), Text(key, "crv"), Text(key, "alg"), Text(key, "use")));
        Assert.False(key.TryGetProperty("d", out _));

        string[] parts = token.Split('.');
        using ECDsa judge = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Decode(Text(key, "x")), Y = Decode(Text(key, "y")) },
        });
        Assert.True(judge.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Decode(parts[2]), HashAlgorithmName.SHA256));
        using JsonDocument header = JsonDocument.Parse(Decode(parts[0]));
        Assert.Equal(Text(key, "kid"), Text(header.RootElement, "kid"));
    }

    [Fact]
    public async Task Processes_that_start_at_once_make_one_key()
    {
        IdentityWorld[] processes = [.. Enumerable.Range(0, 8).Select(_ => _world.Another())];
        string[] tokens = await Task.WhenAll(processes.Select(IssueAsync));
        Assert.Equal(1, await KeyCountAsync());
        foreach (string token in tokens)
        {
            Assert.IsType<AccessTokenCheck.Valid>(await processes[0].AccessTokens.VerifyAsync(token, Token));
        }

        foreach (IdentityWorld process in processes)
        {
            await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task After_a_rotation_the_new_key_signs_and_the_old_verifies_until_its_last_token_has_expired()
    {
        string old = await IssueAsync(_world);
        string kid = await _world.SigningKeys.RotateAsync(retireOthersAtOnce: false, Token);
        Assert.Equal(kid, (await _world.Ring.GetCurrentAsync(Token)).Id);
        Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(old, Token));
        Assert.Equal(2, await PublishedAsync());

        _world.Time.Advance(TimeSpan.FromMinutes(17));
        Assert.Equal(1, await PublishedAsync());
        Assert.Equal(TokenRefusal.KeyUnknown, await RefusalAsync(_world, old));
    }

    [Fact]
    public async Task A_process_that_does_not_know_of_a_rotation_yet_signs_and_verifies_validly()
    {
        await using IdentityWorld other = _world.Another();
        await IssueAsync(other);
        await _world.SigningKeys.RotateAsync(retireOthersAtOnce: false, Token);
        string signedByNew = await IssueAsync(_world);
        string signedByOld = await IssueAsync(other);
        Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(signedByOld, Token));

        _world.Time.Advance(SigningKeyRing.UnknownKeyReloadInterval);
        Assert.IsType<AccessTokenCheck.Valid>(await other.AccessTokens.VerifyAsync(signedByNew, Token));
    }

    [Fact]
    public async Task A_key_that_is_retired_at_once_verifies_nothing_here_now_and_elsewhere_within_a_minute()
    {
        await using IdentityWorld other = _world.Another();
        string old = await IssueAsync(other);
        await IssueAsync(_world);
        Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(old, Token));
        Assert.IsType<AccessTokenCheck.Valid>(await other.AccessTokens.VerifyAsync(old, Token));
        await _world.SigningKeys.RotateAsync(retireOthersAtOnce: true, Token);
        Assert.Equal(TokenRefusal.KeyUnknown, await RefusalAsync(_world, old));
        _world.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(TokenRefusal.KeyUnknown, await RefusalAsync(other, old));
    }

    [Fact]
    public async Task A_token_that_was_good_before_is_good_again_until_it_expires_and_no_other_with_its_claims_is()
    {
        string token = await IssueAsync(_world);
        AccessTokenCheck first = await _world.AccessTokens.VerifyAsync(token, Token);
        Assert.Equal(first, await _world.AccessTokens.VerifyAsync(token, Token));
        string forged = $"{token[..^8]}AAAAAAAA";
        Assert.Equal(TokenRefusal.SignatureWrong, await RefusalAsync(_world, forged));
        _world.Time.Advance(TimeSpan.FromMinutes(16) - TimeSpan.FromSeconds(1));
        Assert.Equal(first, await _world.AccessTokens.VerifyAsync(token, Token));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TokenRefusal.Expired, await RefusalAsync(_world, token));
    }

    [Fact]
    public async Task Invented_key_ids_ask_the_database_once_in_five_seconds()
    {
        string token = await IssueAsync(_world);
        await _world.Database.ExecuteAsync("DELETE FROM identity.signing_key");
        string invented = $"{Convert.ToBase64String("""{"alg":"ES256","typ":"at+jwt","kid":"invented"}"""u8).TrimEnd('=')}.e30.AA";

        // Within the interval nothing is asked: the deleted key is still known.
        Assert.Equal(TokenRefusal.KeyUnknown, await RefusalAsync(_world, invented));
        Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(token, Token));
        _world.Time.Advance(SigningKeyRing.UnknownKeyReloadInterval);
        Assert.Equal(TokenRefusal.KeyUnknown, await RefusalAsync(_world, invented));
        Assert.Equal(TokenRefusal.KeyUnknown, await RefusalAsync(_world, token));
    }

    [Fact]
    public async Task A_key_is_replaced_when_it_is_90_days_old()
    {
        await IssueAsync(_world);
        _world.Time.Advance(TimeSpan.FromDays(90) - TimeSpan.FromSeconds(1));
        await IssueAsync(_world);
        Assert.Equal(1, await KeyCountAsync());
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        string token = await IssueAsync(_world);
        Assert.Equal(2, await KeyCountAsync());
        Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(token, Token));
    }

    [Fact]
    public async Task Another_master_key_cannot_sign_with_the_stored_key_but_verifies_its_tokens()
    {
        string token = await IssueAsync(_world);
        await using IdentityWorld other = _world.Another(IdentityWorld.NewOptions());
        await Assert.ThrowsAnyAsync<CryptographicException>(() => IssueAsync(other));
        Assert.IsType<AccessTokenCheck.Valid>(await other.AccessTokens.VerifyAsync(token, Token));
    }

    [Fact]
    public async Task The_stored_private_key_opens_under_its_own_kid_alone()
    {
        string kid = (await _world.Ring.GetCurrentAsync(Token)).Id;
        byte[] stored = await _world.Database.QueryAsync<byte[]>("SELECT private_key FROM identity.signing_key");
        using ECDsa plain = ECDsa.Create();
        Assert.ThrowsAny<CryptographicException>(() => plain.ImportPkcs8PrivateKey(stored, out _));
        Assert.ThrowsAny<CryptographicException>(() => plain.ImportPkcs8PrivateKey(stored.AsSpan(29), out _));

        MasterKey masterKey = new(_world.Options.MasterKey, RandomNumberGenerator.GetBytes);
        plain.ImportPkcs8PrivateKey(masterKey.Unwrap(stored, kid), out _);
        Assert.ThrowsAny<CryptographicException>(() => masterKey.Unwrap(stored, kid + "x"));
        for (int index = 0; index < stored.Length; index++)
        {
            byte[] changed = [.. stored];
            changed[index] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => masterKey.Unwrap(changed, kid));
        }
    }

    private static Task<string> IssueAsync(IdentityWorld world) =>
        world.AccessTokens.IssueAsync(new UserId(Guid.Empty), new SessionId(Guid.Empty), UserKind.Person, Token);

    private static async Task<TokenRefusal> RefusalAsync(IdentityWorld world, string token) =>
        Assert.IsType<AccessTokenCheck.Refused>(await world.AccessTokens.VerifyAsync(token, Token)).Reason;

    private static string Text(JsonElement json, string member) => json.GetProperty(member).GetString()!;

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);

    private Task<long> KeyCountAsync() => _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.signing_key");

    private async Task<int> PublishedAsync()
    {
        using JsonDocument set = JsonDocument.Parse(await _world.SigningKeys.GetKeySetAsync(Token));
        return set.RootElement.GetProperty("keys").GetArrayLength();
    }
}
