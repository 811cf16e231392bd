using System.Collections.Frozen;

namespace Florin.Sandbox.Stripe;

/// <summary>How a debit from a US bank account ends.</summary>
internal enum DebitScript
{
    ProcessingThenSucceeds = 1,
    ProcessingThenFails = 2,

    /// <summary>Processing until it is canceled.</summary>
    StaysProcessing = 3,

    /// <summary>Stopped by the provider's own risk rules at once.</summary>
    Blocked = 4,

    /// <summary>The test deposits cannot be sent, so the account is never verified.</summary>
    MicrodepositsFail = 5,
}

/// <summary>How a payout to a bank account ends.</summary>
internal enum PayoutScript
{
    Paid = 1,
    Fails = 2,

    /// <summary>Paid, and sent back by the bank later.</summary>
    PaidThenFails = 3,
    StaysPending = 4,
    StaysInTransit = 5,
}

/// <summary>A documented test account, or one of the sandbox's own for payouts that Stripe's test mode cannot show.</summary>
/// <param name="Token">The payment method that stands for it.</param>
/// <param name="DebitFailure">Failure code of a debit.</param>
/// <param name="PayoutFailure">Failure code of a payout.</param>
internal sealed record TestBankAccount(
    string Token, string Number, DebitScript Debit, string? DebitFailure, PayoutScript Payout, string? PayoutFailure)
{
    /// <summary>The debit succeeds and is disputed; a bank's dispute is lost from the start.</summary>
    public bool IsDisputed { get; init; }
}

/// <summary>The test accounts by token and by number; the routing number of all is 110000000.</summary>
/// <remarks>
/// The sandbox's own: <c>000999999991</c> a payout that is paid and comes back, <c>000999999992</c> one that stays pending,
/// <c>000999999993</c> one that stays in transit.
/// </remarks>
internal static class TestBankAccounts
{
    public const string RoutingNumber = "110000000";

    private static readonly TestBankAccount[] All =
    [
        Paid("pm_usBankAccount_success", "000123456789"),
        Fails("pm_usBankAccount_accountClosed", "000111111113", "account_closed"),
        Fails("pm_usBankAccount_noAccount", "000111111116", "no_account"),
        Fails("pm_usBankAccount_insufficientFunds", "000222222227", "insufficient_funds"),
        Fails("pm_usBankAccount_debitNotAuthorized", "000333333335", "debit_not_authorized"),
        Fails("pm_usBankAccount_invalidCurrency", "000444444440", "invalid_currency"),
        Paid("pm_usBankAccount_failMicrodeposits", "000666666661") with { Debit = DebitScript.MicrodepositsFail },
        Paid("pm_usBankAccount_dispute", "000555555559") with { IsDisputed = true },
        Paid("pm_usBankAccount_processing", "000000000009") with { Debit = DebitScript.StaysProcessing },
        Paid("pm_usBankAccount_weeklyLimitExceeded", "000777777771") with
        {
            Debit = DebitScript.ProcessingThenFails, DebitFailure = "charge_exceeds_weekly_limit",
        },
        Paid("pm_usBankAccount_riskLevelHighest", "000000004954") with { Debit = DebitScript.Blocked, DebitFailure = "bank_account_declined" },
        Paid("pm_usBankAccount_instantNotSupported", "000888888883"),
        Paid("pm_usBankAccount_payoutReturned", "000999999991") with { Payout = PayoutScript.PaidThenFails, PayoutFailure = "account_closed" },
        Paid("pm_usBankAccount_payoutStaysPending", "000999999992") with { Payout = PayoutScript.StaysPending },
        Paid("pm_usBankAccount_payoutStaysInTransit", "000999999993") with { Payout = PayoutScript.StaysInTransit },
    ];

    private static readonly FrozenDictionary<string, TestBankAccount> ByToken = All.ToFrozenDictionary(account => account.Token);

    private static readonly FrozenDictionary<string, TestBankAccount> ByNumber = All.ToFrozenDictionary(account => account.Number);

    public static IEnumerable<string> Tokens => [.. ByToken.Keys, "pm_usBankAccount"];

    public static TestBankAccount? OfToken(string token) =>
        ByToken.GetValueOrDefault(token == "pm_usBankAccount" ? "pm_usBankAccount_success" : token);

    public static TestBankAccount? OfNumber(string number) => ByNumber.GetValueOrDefault(number);

    private static TestBankAccount Paid(string token, string number) =>
        new(token, number, DebitScript.ProcessingThenSucceeds, null, PayoutScript.Paid, null);

    private static TestBankAccount Fails(string token, string number, string code) =>
        new(token, number, DebitScript.ProcessingThenFails, code, PayoutScript.Fails, code);
}
