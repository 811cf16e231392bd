namespace Florin.Server.Configuration;

/// <summary>The configuration cannot be used; the message is one clear sentence for the operator, without secrets. The program exits with 2.</summary>
internal sealed class ConfigurationRefusedException(string sentence) : Exception(sentence);
