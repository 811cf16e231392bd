using System.Text.Json;
using Florin.Ledger;
using Florin.Server.Hosting;

namespace Florin.Server.Tour;

/// <summary>Moves money through the platform's own public API with new users, and checks every balance against its own sums.</summary>
internal sealed class MoneyTour(TourApi api, TourLedger ledger, TourPrinter printer, IdSource ids, TimeProvider timeProvider)
{
    private const int Created = 201;
    private const int Conflict = 409;

    private readonly List<TourUser> _users = [];

    /// <summary>Plays the tour and says how it went.</summary>
    /// <returns>Whether everything was as promised.</returns>
    public static async Task<bool> PlayAsync(DevFile devFile, TimeProvider timeProvider, IdSource ids, TextWriter output, CancellationToken stop)
    {
        using TourApi api = new(devFile.Url, timeProvider);
        TourPrinter printer = new(output);
        MoneyTour tour = new(api, new TourLedger(api, devFile, printer), printer, ids, timeProvider);
        try
        {
            await tour.PlayAsync(stop);
            printer.Line("tour complete");
            return true;
        }
        catch (Exception failure) when (failure is TourException or HttpRequestException or JsonException or KeyNotFoundException)
        {
            printer.Line($"tour FAILED: {failure.Message}");
            return false;
        }
    }

    private async Task PlayAsync(CancellationToken stop)
    {
        long start = timeProvider.GetTimestamp();
        printer.Line();
        printer.Line("The money tour, over the public API");
        TourUser ada = await JoinAsync("Ada", "person", stop);
        TourUser ben = await JoinAsync("Ben", "person", stop);
        TourUser shop = await JoinAsync("Shop", "business", stop);
        string adaCard = await LinkAsync(ada, TourPlan.GoodCard, "card", stop);
        string adaBadCard = await LinkAsync(ada, TourPlan.CardDeclinedAtCharge, "card that its bank will decline", stop);
        string adaBank = await LinkAsync(ada, TourPlan.GoodBank, "bank account", stop);
        string shopBank = await LinkAsync(shop, TourPlan.ClosedBank, "bank account that was closed", stop);

        await DepositAsync(ada, TourPlan.CardDeposit, adaCard, "by card", "success", "success", stop);
        await DepositAsync(ada, TourPlan.DeclinedDeposit, adaBadCard, "by card, declined", "failed", "failed", stop);
        await DepositAsync(ada, TourPlan.BankDeposit, adaBank, "by bank debit", "pending", "success", stop);
        await TransferAsync(ada, ben, TourPlan.Transfer, stop);
        await TransferTooMuchAsync(ada, shop, stop);
        await TransferAsync(ada, shop, TourPlan.ShopTransfer, stop);
        await WithdrawAsync(ada, TourPlan.Withdrawal, adaBank, "to her bank", "success", stop);
        await WithdrawAsync(shop, TourPlan.FailingWithdrawal, shopBank, "to the closed account: fails, refunded", "failed", stop);

        await CheckBalancesAsync(stop);
        if (!await ledger.ShowTrialBalanceAsync(stop))
        {
            throw new TourException("debits and credits of the trial balance differ");
        }

        printer.Line();
        printer.Line($"Every balance is right to the cent; debits equal credits ({timeProvider.GetElapsedTime(start).TotalSeconds:0.0} s).");
    }

    private async Task<TourUser> JoinAsync(string name, string kind, CancellationToken stop)
    {
        string email = $"{name.ToLowerInvariant()}-{Convert.ToHexStringLower(ids.NextSecret(4))}@tour.example";
        string password = Convert.ToHexStringLower(ids.NextSecret(12));
        TourAnswer registered = await api.PostAsync("/auth/register", null, new { Email = email, Password = password, Name = name, Kind = kind }, Created, stop);
        TourAnswer session = await api.PostAsync("/auth/login", null, new { Email = email, Password = password }, 200, stop);
        TourUser user = new(name, email, session.Text("access_token"), registered.Text("user_id"));
        printer.Name(user.WalletId, name);
        printer.Step($"{name} registers ({kind}) and logs in", "done");
        _users.Add(user);
        return user;
    }

    private async Task<string> LinkAsync(TourUser user, string token, string what, CancellationToken stop)
    {
        TourAnswer linked = await api.PostAsync("/wallets/funding-sources", user.AccessToken, new { PaymentMethodId = token }, Created, stop);
        printer.Step($"{user.Name} links a {what}", $"{linked.Text("kind")} ending in {linked.Text("last4")}");
        return linked.Text("id");
    }

    private async Task DepositAsync(
        TourUser user, string amount, string sourceId, string how, string firstStatus, string lastStatus, CancellationToken stop)
    {
        var body = new { Amount = amount, TourPlan.Currency, SourceId = sourceId };
        TourAnswer answer = await api.PostAsync("/wallets/deposit", user.AccessToken, body, Created, stop, NewKey());
        string id = answer.Text("id");
        string path = $"/wallets/deposits/{id}";
        string status = answer.Text("status");
        if (status != firstStatus && status != lastStatus)
        {
            throw new TourException($"the deposit of {amount} is {status} instead of {firstStatus}");
        }

        printer.Step($"{user.Name} deposits {amount} {TourPlan.Currency} {how}", status);
        await ledger.ShowPostingsAsync(id, _users, stop);
        if (status != lastStatus)
        {
            await api.WaitForStatusAsync(path, user.AccessToken, lastStatus, stop);
            printer.Then("the bank confirms", lastStatus);
            await ledger.ShowPostingsAsync(id, _users, stop);
        }

        if (lastStatus == "success")
        {
            user.Receives(amount);
        }
    }

    private async Task TransferAsync(TourUser from, TourUser to, string amount, CancellationToken stop)
    {
        var body = new { To = to.Email, Amount = amount, TourPlan.Currency, Note = "tour" };
        string key = NewKey();
        TourAnswer sent = await api.PostAsync("/wallets/transfers", from.AccessToken, body, Created, stop, key);
        from.Gives(amount);
        to.Receives(amount);
        printer.Step($"{from.Name} sends {amount} {TourPlan.Currency} to {to.Name}", sent.Text("status"));
        await ledger.ShowPostingsAsync(sent.Text("id"), _users, stop);

        TourAnswer again = await api.PostAsync("/wallets/transfers", from.AccessToken, body, Created, stop, key);
        if (!again.IsReplayed || again.Text("id") != sent.Text("id"))
        {
            throw new TourException("the repeated transfer was not recognised as the same");
        }

        printer.Then("the same request again, with the same Idempotency-Key", "replayed, nothing moved");
        await ledger.ShowPostingsAsync(sent.Text("id"), _users, stop);
    }

    private async Task TransferTooMuchAsync(TourUser from, TourUser to, CancellationToken stop)
    {
        var body = new { To = to.Email, Amount = TourPlan.TooLargeTransfer, TourPlan.Currency };
        TourAnswer refused = await api.PostAsync("/wallets/transfers", from.AccessToken, body, Conflict, stop, NewKey());
        if (refused.Code != "insufficient_funds")
        {
            throw new TourException($"a transfer over the balance was refused with {refused.Code}");
        }

        printer.Step($"{from.Name} tries to send {TourPlan.TooLargeTransfer} {TourPlan.Currency} to {to.Name}", $"{refused.Status} {refused.Code}");
    }

    private async Task WithdrawAsync(
        TourUser user, string amount, string destinationId, string how, string lastStatus, CancellationToken stop)
    {
        var body = new { Amount = amount, TourPlan.Currency, DestinationId = destinationId };
        TourAnswer answer = await api.PostAsync("/wallets/withdraw", user.AccessToken, body, Created, stop, NewKey());
        string id = answer.Text("id");
        printer.Step($"{user.Name} withdraws {amount} {TourPlan.Currency} {how}", answer.Text("status"));
        await ledger.ShowPostingsAsync(id, _users, stop);
        await api.WaitForStatusAsync($"/wallets/withdrawals/{id}", user.AccessToken, lastStatus, stop);
        printer.Then(lastStatus == "success" ? "the payout arrives" : "the bank sends it back, the wallet is credited again", lastStatus);
        await ledger.ShowPostingsAsync(id, _users, stop);
        if (lastStatus == "success")
        {
            user.Gives(amount);
        }
    }

    /// <exception cref="TourException">A balance differs from the tour's own sum.</exception>
    private async Task CheckBalancesAsync(CancellationToken stop)
    {
        printer.Line();
        printer.Line("Balances");
        List<string> wrong = [];
        foreach (TourUser user in _users)
        {
            TourAnswer wallet = await api.GetAsync("/wallets/me", user.AccessToken, stop);
            JsonElement balance = wallet.Body.GetProperty("balances").EnumerateArray()
                .FirstOrDefault(line => line.GetProperty("currency").GetString() == TourPlan.Currency);
            string available = balance.ValueKind == JsonValueKind.Object ? balance.GetProperty("available").GetString()! : "0.00";
            string expected = MoneyText.Format(user.Expected, TourPlan.Scale);
            printer.Line($"     {user.Name,-8} {available,12} {TourPlan.Currency}   expected {expected,12}   {(available == expected ? "right" : "WRONG")}");
            if (available != expected)
            {
                wrong.Add($"{user.Name} has {available} instead of {expected}");
            }
        }

        if (wrong.Count > 0)
        {
            throw new TourException(string.Join("; ", wrong));
        }
    }

    private string NewKey() => $"tour-{ids.NextId():n}";
}
