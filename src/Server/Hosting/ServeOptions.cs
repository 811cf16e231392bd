using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>How a server is to run.</summary>
/// <param name="IsDevelopment">With the sandbox, <c>dev.json</c> and accounts for developers; refuses live keys.</param>
/// <param name="PlaysTour">Plays the money tour when it is ready.</param>
/// <param name="IsQuiet">Only the tour and warnings on the console; the log goes to a file in the data folder.</param>
internal sealed record ServeOptions(FlorinConfiguration Configuration, bool IsDevelopment, bool PlaysTour, bool IsQuiet)
{
    public string DataFolder => Path.GetFullPath(Configuration.Get(Settings.Data));
}
