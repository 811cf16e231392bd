using System.Security.Cryptography;

namespace Florin.Sandbox.State;

/// <summary>Makes ids and secrets that look like the providers' own.</summary>
internal abstract class SandboxIds
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Characters after the prefix: 62^24 ids.</summary>
    private const int Characters = 24;

    /// <summary>For example <c>pi_3N…</c>.</summary>
    public string Next(string prefix) => $"{prefix}_{Text(Characters)}";

    /// <summary>Unpredictable letters and digits.</summary>
    public string Text(int characters) => string.Create(characters, this, static (span, ids) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = Alphabet[ids.Below(Alphabet.Length)];
        }
    });

    protected abstract int Below(int bound);
}

internal sealed class RandomSandboxIds : SandboxIds
{
    protected override int Below(int bound) => RandomNumberGenerator.GetInt32(bound);
}
