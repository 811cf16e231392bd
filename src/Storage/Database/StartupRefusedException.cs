namespace Florin.Storage.Database;

/// <summary>The server may not start; the message is one clear sentence for the operator. The host prints it and exits with 2.</summary>
public abstract class StartupRefusedException(string sentence, Exception? inner = null) : Exception(sentence, inner);

/// <summary>No PostgreSQL that Florin can use is installed, and it may not be installed from here.</summary>
public sealed class PostgresMissingException(string sentence) : StartupRefusedException(sentence);

/// <summary>A live server holds the data folder: one folder has one server.</summary>
public sealed class DataFolderInUseException(string folder)
    : StartupRefusedException($"Another Florin server uses the data folder {folder}: stop it, or choose another folder with --data.");

/// <summary>The data folder is out of reach, or its PostgreSQL does not start.</summary>
public sealed class DataFolderException(string sentence, Exception? inner = null) : StartupRefusedException(sentence, inner);

/// <summary>The data was written by a newer version of Florin.</summary>
public sealed class DataIsNewerException(string sentence) : StartupRefusedException(sentence);

/// <summary>A migration failed, or one that was applied has changed since.</summary>
public sealed class MigrationRefusedException(string sentence, Exception? inner = null) : StartupRefusedException(sentence, inner);

/// <summary>The database cannot be used: a bad URL, no connection, too old a version, or settings that lose commits.</summary>
public sealed class DatabaseRefusedException(string sentence, Exception? inner = null) : StartupRefusedException(sentence, inner);
