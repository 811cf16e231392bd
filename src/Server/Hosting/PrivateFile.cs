using System.Text;

namespace Florin.Server.Hosting;

/// <summary>Files in the data folder that only the server's user may read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode PassableByOthers =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Makes the data folder when it is missing. PostgreSQL's own user must be able to pass through it.</summary>
    public static void EnsureFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder, PassableByOthers);
            }
        }
    }

    /// <summary>Replaces the file in one step, with mode 0600: a reader sees the old content or the new, never half of it.</summary>
    public static void Write(string path, string content)
    {
        string temporary = path + ".new";
        File.Delete(temporary);
        using (FileStream stream = Open(temporary, FileMode.CreateNew))
        {
            stream.Write(Encoding.UTF8.GetBytes(content));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Opens for writing, with mode 0600 when it is made.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }
}
