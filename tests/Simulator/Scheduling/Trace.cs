using System.Security.Cryptography;
using System.Text;

namespace Florin.Simulator.Scheduling;

/// <summary>What happened, line by line: the newest lines to read, and a hash over all of them that tells two runs apart by a single byte.</summary>
internal sealed class Trace : IDisposable
{
    /// <summary>How many lines a failure shows.</summary>
    public const int NewestMax = 80;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<string> _newest = new();
    private readonly Action<string>? _listener;

    /// <param name="listener">Is told every line; <see langword="null"/> when nobody listens.</param>
    public Trace(Action<string>? listener) => _listener = listener;

    public IReadOnlyCollection<string> Newest => _newest;

    public long Lines { get; private set; }

    public void Note(string line)
    {
        Lines++;
        _hash.AppendData(Encoding.UTF8.GetBytes(line));
        _hash.AppendData("\n"u8);
        _newest.Enqueue(line);
        if (_newest.Count > NewestMax)
        {
            _newest.Dequeue();
        }

        _listener?.Invoke(line);
    }

    /// <summary>SHA-256 of all lines, hexadecimal.</summary>
    public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
