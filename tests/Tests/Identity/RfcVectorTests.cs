using System.Security.Cryptography;
using System.Text;
using Florin.Identity;
using Florin.Identity.Jose;
using Florin.Identity.Keys;
using Xunit;

namespace Florin.Tests.Identity;

/// <summary>The signed examples of RFC 7515, appendix A, and the thumbprint of RFC 7638: judges that this code had no part in.</summary>
public sealed class RfcVectorTests
{
    private const string Payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    private const string HmacToken = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + Payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    private const string EcdsaToken =
        "eyJhbGciOiJFUzI1NiJ9." + Payload + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    private const string RsaToken =
        "eyJhbGciOiJSUzI1NiJ9." + Payload + "."
        + "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
        + "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
        + "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    private const string RsaModulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW"
        + "vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k"
        + "G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

    private static VerificationKey EcdsaKey => VerificationKey.FromEcdsa(
        "a3",
        new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), Y = Bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0") },
        });

    private static VerificationKey RsaKey =>
        VerificationKey.FromRsa("a2", new RSAParameters { Modulus = Bytes(RsaModulus), Exponent = Bytes("AQAB") });

    [Fact]
    public void The_RS256_example_of_appendix_A2_verifies() => Assert.Equal(ExamplePayload, Open(RsaToken, RsaKey));

    [Fact]
    public void The_ES256_example_of_appendix_A3_verifies() => Assert.Equal(ExamplePayload, Open(EcdsaToken, EcdsaKey));

    [Fact]
    public void The_HS256_example_of_appendix_A1_is_refused()
    {
        Assert.False(CompactJws.TryParse(HmacToken, [], out _, out TokenRefusal refusal));
        Assert.Equal(TokenRefusal.AlgorithmRefused, refusal);
    }

    [Fact]
    public void The_unsecured_example_of_appendix_A5_is_refused()
    {
        Assert.False(CompactJws.TryParse("eyJhbGciOiJub25lIn0." + Payload + ".", [], out _, out TokenRefusal refusal));
        Assert.Equal(TokenRefusal.AlgorithmRefused, refusal);
    }

    [Fact]
    public void A_key_of_the_other_algorithm_never_looks_at_the_signature()
    {
        Assert.Equal(TokenRefusal.AlgorithmNotOfKey, Refusal(RsaToken, EcdsaKey));
        Assert.Equal(TokenRefusal.AlgorithmNotOfKey, Refusal(EcdsaToken, RsaKey));
    }

    [Theory]
    [InlineData(RsaToken)]
    [InlineData(EcdsaToken)]
    public void Any_changed_character_of_the_payload_or_signature_is_noticed(string token)
    {
        VerificationKey key = token == RsaToken ? RsaKey : EcdsaKey;
        int payloadStart = token.IndexOf('.', StringComparison.Ordinal) + 1;
        for (int index = payloadStart; index < token.Length; index++)
        {
            if (token[index] == '.')
            {
                continue;
            }

            string changed = $"{token[..index]}{(token[index] == 'A' ? 'B' : 'A')}{token[(index + 1)..]}";
            Assert.True(
                !CompactJws.TryParse(changed, [], out CompactJws? jws, out _) || !jws.TryOpen(key, out _, out _),
                $"a change at {index} went unnoticed");
        }
    }

    [Fact]
    public void The_thumbprint_is_that_of_RFC_7638_over_the_members_in_order()
    {
        // The RFC's own example is an RSA key; this one is computed by the rule of its section 3 from the key of appendix A.3.
        const string Members =
            """{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""";
        string expected = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Members))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        ECParameters key = new()
        {
            Q = new ECPoint { X = Bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), Y = Bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0") },
        };
        Assert.Equal(expected, SigningKey.Thumbprint(key));
    }

    [Fact]
    public void Keys_that_are_too_short_or_on_another_curve_are_refused()
    {
        using RSA shortKey = RSA.Create(1024);
        Assert.Throws<CryptographicException>(() => VerificationKey.FromRsa("short", shortKey.ExportParameters(false)));
        using ECDsa otherCurve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<CryptographicException>(() => VerificationKey.FromEcdsa("p384", otherCurve.ExportParameters(false)));
        ECParameters offCurve = new()
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), Y = Bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aw") },
        };
        Assert.ThrowsAny<CryptographicException>(() => VerificationKey.FromEcdsa("off", offCurve));
    }

    private static string ExamplePayload => "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

    private static byte[] Bytes(string text) => StrictBase64Url.TryDecode(text, out byte[]? bytes) ? bytes : throw new FormatException(text);

    private static string Open(string token, VerificationKey key)
    {
        Assert.True(CompactJws.TryParse(token, [], out CompactJws? jws, out TokenRefusal refusal), refusal.ToString());
        Assert.True(jws.TryOpen(key, out byte[]? payload, out refusal), refusal.ToString());
        return Encoding.UTF8.GetString(payload);
    }

    private static TokenRefusal Refusal(string token, VerificationKey key)
    {
        Assert.True(CompactJws.TryParse(token, [], out CompactJws? jws, out _));
        Assert.False(jws.TryOpen(key, out _, out TokenRefusal refusal));
        return refusal;
    }
}
