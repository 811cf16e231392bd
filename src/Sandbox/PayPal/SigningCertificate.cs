using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>The key that signs webhooks, its certificate, and the authority that signed that one. Made at first need, and kept in the journal.</summary>
internal sealed class SigningCertificate(World world, SandboxClock clock) : IDisposable
{
    /// <summary>Where certificates are served, as PayPal's are.</summary>
    public const string Path = "/v1/notifications/certs/";

    private const string Id = "signing";
    private const string Subject = "CN=messageverificationcerts.sandbox.paypal.com, O=Sandbox";
    private const int KeyBits = 2048;
    private const int SerialBytes = 16;
    private static readonly TimeSpan Life = TimeSpan.FromDays(397);

    private readonly Lock gate = new();
    private Parts? parts;

    /// <summary>The certificate and its authority's, as they are served.</summary>
    public string ChainPem() => Get().Leaf + "\n" + Get().Authority;

    /// <summary>What a receiver has to trust.</summary>
    public string AuthorityPem() => Get().Authority;

    public byte[] Sign(ReadOnlySpan<byte> message) => Get().Key.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Get().Key.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public void Dispose() => parts?.Key.Dispose();

    private Parts Get()
    {
        lock (gate)
        {
            return parts ??= Load() ?? Make();
        }
    }

    private Parts? Load()
    {
        var stored = world.Execute(clock.Now, null, unit => unit.Find(Id)?.Hidden.Copy());
        if (stored is null)
        {
            return null;
        }

        var key = RSA.Create();
        key.ImportFromPem(stored.Text("key"));
        return new Parts(key, stored.Text("leaf")!, stored.Text("authority")!);
    }

    private Parts Make()
    {
        var from = clock.RealNow - TimeSpan.FromDays(1);
        var until = clock.RealNow + Life;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=Florin Sandbox Root", authorityKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        root.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = root.CreateSelfSigned(from, until);
        var key = RSA.Create(KeyBits);
        var request = new CertificateRequest(Subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        using var leaf = request.Create(
            authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authorityKey), from, until, RandomNumberGenerator.GetBytes(SerialBytes));
        var made = new Parts(key, leaf.ExportCertificatePem(), authority.ExportCertificatePem());
        world.Execute(clock.Now, null, unit =>
        {
            unit.Add(PayPalTypes.Signing, Id, [], new JsonObject
            {
                ["key"] = key.ExportPkcs8PrivateKeyPem(),
                ["leaf"] = made.Leaf,
                ["authority"] = made.Authority,
            });
            unit.Commit();
            return true;
        });
        return made;
    }

    private sealed record Parts(RSA Key, string Leaf, string Authority);
}
