using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>The key that protects signing keys: from the configuration, or from a file in the data folder that is made at the first start.</summary>
internal static class MasterKeyFile
{
    public const string FileName = "identity.secret";

    /// <exception cref="ConfigurationRefusedException">It is not 32 bytes in hexadecimal.</exception>
    public static ReadOnlyMemory<byte> LoadOrCreate(FlorinConfiguration configuration, string dataFolder, IdSource ids)
    {
        if (configuration.Find(Settings.MasterKey) is { } configured)
        {
            return Parse(configured, Settings.MasterKey.Path);
        }

        string path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, Convert.ToHexStringLower(ids.NextSecret(IdentityOptions.MasterKeyBytes)) + "\n");
        }

        return Parse(File.ReadAllText(path).Trim(), path);
    }

    private static byte[] Parse(string text, string from)
    {
        bool isKey = text.Length == IdentityOptions.MasterKeyBytes * 2 && text.All(char.IsAsciiHexDigit);
        return isKey ? Convert.FromHexString(text) : throw new ConfigurationRefusedException(
            $"{from} must hold {IdentityOptions.MasterKeyBytes} bytes as {IdentityOptions.MasterKeyBytes * 2} hexadecimal digits.");
    }
}
