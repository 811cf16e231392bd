using Florin.Identity;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary>Whose payouts a request is about: the calling business's own, or a merchant's that an operator names in the path.</summary>
internal static class PayoutCallers
{
    /// <param name="merchant">From the path of an operator; <see langword="null"/> on the paths of the merchant itself.</param>
    public static bool TryGetPayee(this HttpContext context, string? merchant, out WalletCaller payee, out IResult? refusal)
    {
        if (merchant is null)
        {
            bool isMerchant = context.TryGetMerchant(out Florin.Payments.MerchantCaller own, out refusal);
            payee = new WalletCaller(own.MerchantId, own.Principal);
            return isMerchant;
        }

        bool isId = Guid.TryParseExact(merchant, "D", out Guid id);
        payee = new WalletCaller(id, context.GetCaller().Principal);
        refusal = isId ? null : Problems.NotFound("merchant");
        return isId;
    }
}
