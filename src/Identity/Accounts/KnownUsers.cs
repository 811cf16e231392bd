using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Florin.Identity.Accounts;

/// <summary>
/// Users that were read before. What is remembered never changes and never goes: the server's role may insert users, and change nothing of
/// them but the hash of a password (migration 0001), which is not kept here. That somebody is not there is never remembered.
/// </summary>
internal sealed class KnownUsers : IDisposable
{
    /// <summary>More are not remembered, and a part is forgotten.</summary>
    public const int CountMax = 50_000;

    private readonly MemoryCache _users = new(Options.Create(new MemoryCacheOptions { SizeLimit = CountMax }));

    public bool TryFind(UserId id, [NotNullWhen(true)] out User? user) => _users.TryGetValue(id, out user) && user is not null;

    public void Remember(User user) => _users.Set(user.Id, user, new MemoryCacheEntryOptions { Size = 1 });

    public void Dispose() => _users.Dispose();
}
