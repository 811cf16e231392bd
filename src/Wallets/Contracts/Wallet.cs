using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets;

/// <summary>Who asks.</summary>
/// <param name="UserId">Whose wallet it is.</param>
/// <param name="Principal">
/// Who calls, as <c>user:{id}</c> or <c>key:{id}</c>: the scope of idempotency keys, so that one caller's key never meets another's (fault I-07).
/// </param>
public sealed record WalletCaller(Guid UserId, string Principal);

/// <summary>What a wallet holds. A wallet belongs to one user and has that user's id.</summary>
/// <param name="Kind"><c>person</c> or <c>business</c>.</param>
/// <param name="Balances">One for each currency that ever moved, by code.</param>
public sealed record Wallet(Guid WalletId, string Kind, ImmutableArray<WalletBalance> Balances);

/// <summary>The money of one currency in a wallet.</summary>
/// <param name="Available">
/// What can be spent or withdrawn now: posted, less <paramref name="Held"/>. A withdrawal under way has left it already; it comes back only when
/// the payout is proven to have failed.
/// </param>
/// <param name="PendingIn">On its way in and not final, such as a bank debit. It cannot be spent (fault L-04).</param>
/// <param name="Held">Reserved by holds on this wallet; still the user's, and not in <paramref name="Available"/>.</param>
public sealed record WalletBalance(Asset Asset, Money Available, Money PendingIn, Money Held);

/// <summary>A user as far as wallets need to know.</summary>
/// <param name="Kind"><c>person</c> or <c>business</c>.</param>
public sealed record WalletOwner(Guid UserId, string Kind);

/// <summary>Finds the users that own wallets. Implemented over the identity module.</summary>
public interface IWalletOwners
{
    ValueTask<WalletOwner?> FindAsync(Guid userId, CancellationToken cancellationToken);

    ValueTask<WalletOwner?> FindByEmailAsync(string email, CancellationToken cancellationToken);
}
