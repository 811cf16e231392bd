using Florin.Identity;

namespace Florin.Wallets;

/// <summary>The owners of wallets, as the identity module knows them.</summary>
internal sealed class IdentityOwners(IUsers users) : IWalletOwners
{
    public async ValueTask<WalletOwner?> FindAsync(Guid userId, CancellationToken cancellationToken) =>
        Present(await users.GetAsync(new UserId(userId), cancellationToken));

    public async ValueTask<WalletOwner?> FindByEmailAsync(string email, CancellationToken cancellationToken) =>
        Present(await users.FindByEmailAsync(email, cancellationToken));

    private static WalletOwner? Present(User? user) =>
        user is null ? null : new WalletOwner(user.Id.Value, user.Kind == UserKind.Business ? "business" : "person");
}
