using System.Security.Cryptography;
using System.Text.Json;

namespace Florin.Storage.Database.Cluster;

/// <summary>The generated passwords of a private cluster, one for each login. Never logged; the file is the owner's alone.</summary>
internal sealed record ClusterSecrets(string Superuser, string Owner, string App)
{
    private const int PasswordBytes = 24;

    public override string ToString() => nameof(ClusterSecrets);

    /// <exception cref="DataFolderException">There is a cluster, but the file is gone or is not what it was.</exception>
    public static ClusterSecrets LoadOrCreate(DataFolder folder)
    {
        if (Load(folder.SecretFile) is { } kept)
        {
            return kept;
        }

        if (folder.ClusterVersion is not null)
        {
            throw new DataFolderException(
                $"The passwords in {folder.SecretFile} are missing: restore the file, or choose another data folder with --data.");
        }

        ClusterSecrets made = new(NewPassword(), NewPassword(), NewPassword());
        Save(folder.SecretFile, made);
        return made;
    }

    /// <returns>Null when there is no such file, or not a whole one.</returns>
    public static ClusterSecrets? Load(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<ClusterSecrets>(File.ReadAllText(file)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Save(string file, ClusterSecrets secrets)
    {
        // Written beside and renamed, so that a kill leaves the whole file or none.
        var beside = file + ".new";
        File.Delete(beside);
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (FileStream stream = new(beside, options))
        {
            JsonSerializer.Serialize(stream, secrets);
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, file, overwrite: true);
    }

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes));
}
