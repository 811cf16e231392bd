namespace Florin.Identity.Jose;

/// <summary>The signature algorithms that are accepted at all (RFC 7518, section 3.1). There is no HMAC and no <c>none</c> to be confused with.</summary>
internal enum JwsAlgorithm
{
    /// <summary>ECDSA on P-256 with SHA-256; the signature is R and S, 32 bytes each (section 3.4).</summary>
    ES256 = 0,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256, keys of 2048 bits or more (section 3.3).</summary>
    RS256 = 1,
}
