using Npgsql;

namespace Florin.Storage.Database;

/// <summary>Reads the address of a database in the forms that people have it in.</summary>
internal static class DatabaseUrl
{
    private const string Mask = "***";

    /// <summary>Parameters of libpq's URLs, by the names that Npgsql has for them.</summary>
    private static readonly Dictionary<string, string> Parameters = new(StringComparer.Ordinal)
    {
        ["host"] = "Host",
        ["port"] = "Port",
        ["user"] = "Username",
        ["password"] = "Password",
        ["dbname"] = "Database",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["sslnegotiation"] = "SSL Negotiation",
        ["channel_binding"] = "Channel Binding",
        ["gssencmode"] = "GSS Encryption Mode",
        ["target_session_attrs"] = "Target Session Attributes",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["options"] = "Options",
    };

    /// <exception cref="DatabaseRefusedException">It is neither; the message does not repeat it, for it may hold a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            var connection = IsUrl(text) ? ParseUrl(text) : new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(connection.Host)
                ? throw new DatabaseRefusedException("The database URL names no host.")
                : connection;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The inner exception may quote the text.
            throw new DatabaseRefusedException(
                "The database URL cannot be read: give postgresql://USER:PASSWORD@HOST:PORT/DATABASE or a connection string of Npgsql.");
        }
    }

    /// <summary>The URL of libpq for programs outside. It holds the password.</summary>
    public static string Format(NpgsqlConnectionStringBuilder connection)
    {
        var password = string.IsNullOrEmpty(connection.Password) ? "" : ":" + Uri.EscapeDataString(connection.Password);
        var user = string.IsNullOrEmpty(connection.Username) ? "" : Uri.EscapeDataString(connection.Username) + password + "@";
        var host = (connection.Host ?? "").Contains('/', StringComparison.Ordinal)
            ? Uri.EscapeDataString(connection.Host!)
            : connection.Host;
        return $"postgresql://{user}{host}:{connection.Port}/{Uri.EscapeDataString(connection.Database ?? "")}";
    }

    /// <summary>For people and logs: without the password.</summary>
    public static string Masked(NpgsqlConnectionStringBuilder connection)
    {
        NpgsqlConnectionStringBuilder masked = new(connection.ConnectionString);
        if (!string.IsNullOrEmpty(masked.Password))
        {
            masked.Password = Mask;
        }

        return Format(masked);
    }

    private static bool IsUrl(string text) =>
        text.StartsWith("postgresql://", StringComparison.Ordinal) || text.StartsWith("postgres://", StringComparison.Ordinal);

    private static NpgsqlConnectionStringBuilder ParseUrl(string text)
    {
        // Not System.Uri: it refuses an encoded folder as the host, and several hosts.
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var (beforeQuery, query) = Cut(rest, rest.IndexOf('?'));
        var (authority, database) = Cut(beforeQuery, beforeQuery.IndexOf('/'));
        var at = authority.LastIndexOf('@');
        var (user, password) = Cut(at < 0 ? "" : authority[..at], at < 0 ? -1 : authority.IndexOf(':'));

        NpgsqlConnectionStringBuilder connection = [];
        SetHost(connection, authority[(at + 1)..]);
        Set(connection, "Username", user);
        Set(connection, "Password", password);
        Set(connection, "Database", database);
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(parameter, parameter.IndexOf('='));
            Set(connection, Parameters[name], value.Replace('+', ' '));
        }

        return connection;
    }

    private static void SetHost(NpgsqlConnectionStringBuilder connection, string hostAndPort)
    {
        // The last colon outside the brackets of an IPv6 address; several hosts keep their ports, which Npgsql reads so too.
        var colon = hostAndPort.LastIndexOf(':');
        if (hostAndPort.Contains(',', StringComparison.Ordinal) || colon <= hostAndPort.LastIndexOf(']'))
        {
            Set(connection, "Host", hostAndPort.Trim('[', ']'));
            return;
        }

        Set(connection, "Host", hostAndPort[..colon].Trim('[', ']'));
        Set(connection, "Port", hostAndPort[(colon + 1)..]);
    }

    private static (string Before, string After) Cut(string text, int position) =>
        position < 0 ? (text, "") : (text[..position], text[(position + 1)..]);

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string encoded)
    {
        if (encoded.Length > 0)
        {
            connection[name] = name is "SSL Mode" or "Channel Binding" or "GSS Encryption Mode" or "SSL Negotiation"
                ? Uri.UnescapeDataString(encoded).Replace("-", "", StringComparison.Ordinal)
                : Uri.UnescapeDataString(encoded);
        }
    }
}
