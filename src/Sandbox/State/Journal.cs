using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Florin.Sandbox.State;

/// <summary>The append-only file of object upserts: one line for all that one request changed, so that a line is there whole or not at all.</summary>
/// <remarks>
/// Write-failure policy: a line is handed to the operating system before its request is answered and before memory changes; when that fails the
/// request fails and nothing has changed. It survives the death of the process, not of the machine: this is a stand-in, not a ledger.
/// </remarks>
internal sealed class Journal : IDisposable
{
    private readonly string path;
    private FileStream file;

    private Journal(string path, FileStream file) => (this.path, this.file) = (path, file);

    /// <summary>Bytes of the file.</summary>
    public long Length => file.Length;

    /// <summary>Replays the file into <paramref name="apply"/>, cuts a torn last line, and opens the file for appending.</summary>
    /// <exception cref="InvalidDataException">A whole line cannot be read: the file is not this program's.</exception>
    public static Journal Open(string path, Action<JournalLine> apply)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var whole = Replay(stream, apply);
        stream.SetLength(whole);
        stream.Position = whole;
        return new Journal(path, stream);
    }

    /// <summary>Appends one line. When it returns, the line survives a kill of this process.</summary>
    /// <exception cref="InvalidOperationException">The line is longer than <see cref="Limits.JournalLineBytes"/>.</exception>
    public void Append(JournalLine line) => Write(file, line);

    /// <summary>Replaces the file by one that holds only these objects, at once: a kill leaves the old file or the new one.</summary>
    public void Compact(IEnumerable<StoredObject> objects)
    {
        var next = new FileStream($"{path}.new", FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        foreach (var stored in objects)
        {
            Write(next, new JournalLine([stored], []));
        }

        File.Move($"{path}.new", path, overwrite: true);
        file.Dispose();
        file = next;
    }

    private static void Write(FileStream file, JournalLine line)
    {
        var bytes = Encoding.UTF8.GetBytes(line.ToJson().ToText() + "\n");
        if (bytes.Length > Limits.JournalLineBytes)
        {
            throw new InvalidOperationException($"A journal line of {bytes.Length} bytes is over the limit of {Limits.JournalLineBytes}.");
        }

        file.Write(bytes);
        file.Flush();
    }

    public void Clear()
    {
        file.SetLength(0);
        file.Flush();
    }

    public void Dispose() => file.Dispose();

    /// <returns>The length of the file up to the end of its last whole line.</returns>
    private static long Replay(FileStream stream, Action<JournalLine> apply)
    {
        var whole = 0L;
        var buffer = new byte[64 * 1024];
        using var line = new MemoryStream();
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            var rest = buffer.AsSpan(0, read);
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                line.Write(rest[..end]);
                apply(Parse(line.GetBuffer().AsSpan(0, checked((int)line.Length)), whole));
                whole += line.Length + 1;
                line.SetLength(0);
            }

            line.Write(rest);
            if (line.Length > Limits.JournalLineBytes)
            {
                throw new InvalidDataException($"The journal has a line of more than {Limits.JournalLineBytes} bytes at byte {whole}.");
            }
        }

        return whole;
    }

    private static JournalLine Parse(ReadOnlySpan<byte> bytes, long position)
    {
        try
        {
            return JournalLine.FromJson(JsonNode.Parse(bytes)!.AsObject());
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new InvalidDataException($"The journal cannot be read at byte {position}.", problem);
        }
    }
}
