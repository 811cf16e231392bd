using System.Text.Json;
using Florin.Tests.Support;

namespace Florin.Tests.Faults;

/// <summary>Sends wishes of clients to a server, each once, and gives the answers as they are.</summary>
internal static class MovementSender
{
    public static async Task<LoadUser> CreateUserAsync(ServerProcess server)
    {
        (string id, string email, string token) = await server.CreateUserAsync();
        JsonElement card = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, token);
        JsonElement bank = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_success" }, token);
        return new LoadUser(id, email, token, card.GetProperty("id").GetString()!, bank.GetProperty("id").GetString()!);
    }

    public static async Task<HttpAnswer> SendAsync(ServerProcess server, LoadUser user, Operation wish)
    {
        string amount = $"{wish.Cents / 100}.{wish.Cents % 100:00}";
        (string path, object body) = wish.Kind switch
        {
            OperationKind.CardDeposit => ("/wallets/deposit", (object)new { amount, currency = "USD", source_id = user.CardId }),
            OperationKind.BankDeposit => ("/wallets/deposit", new { amount, currency = "USD", source_id = user.BankId }),
            OperationKind.Transfer => ("/wallets/transfers", new { to = wish.RecipientId, amount, currency = "USD" }),
            _ => ("/wallets/withdraw", new { amount, currency = "USD", destination_id = user.BankId }),
        };
        using HttpResponseMessage response = await server.SendAsync(HttpMethod.Post, path, body, user.Token, wish.Key);
        return await HttpAnswer.ReadAsync(response);
    }
}
