namespace Florin.Server.Tour;

/// <summary>The words and numbers of the tour.</summary>
internal static class TourPlan
{
    public const string Currency = "USD";
    public const int Scale = 2;

    // The provider's documented test tokens.
    public const string GoodCard = "pm_card_visa";
    public const string CardDeclinedAtCharge = "pm_card_chargeCustomerFail";
    public const string GoodBank = "pm_usBankAccount_success";
    public const string ClosedBank = "pm_usBankAccount_accountClosed";

    public const string CardDeposit = "100.00";
    public const string DeclinedDeposit = "40.00";
    public const string BankDeposit = "250.00";
    public const string Transfer = "35.50";
    public const string TooLargeTransfer = "1000000.00";
    public const string ShopTransfer = "60.00";
    public const string Withdrawal = "120.00";
    public const string FailingWithdrawal = "25.25";
}
