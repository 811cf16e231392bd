using Florin.Ledger;

namespace Florin.Server.Tour;

/// <summary>A user of the tour, and what the tour itself says that he must own.</summary>
internal sealed class TourUser(string name, string email, string accessToken, string walletId)
{
    public string Name => name;

    public string Email => email;

    public string AccessToken => accessToken;

    public string WalletId => walletId;

    public string Account => $"user:{walletId}:available";

    /// <summary>In cents: computed by the tour from its own steps, never read from the server.</summary>
    public UInt128 Expected { get; private set; }

    public void Receives(string amount) => Expected += Cents(amount);

    public void Gives(string amount) => Expected -= Cents(amount);

    public static UInt128 Cents(string amount) =>
        MoneyText.Parse(amount, TourPlan.Scale, out UInt128 cents) == MoneyTextError.None ? cents : throw new TourException($"'{amount}' is no amount");
}
