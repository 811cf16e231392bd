using System.Text.Json;

namespace Florin.Server.Tour;

/// <summary>Writes the tour for people: a numbered line for each step, and below it the postings that it made.</summary>
internal sealed class TourPrinter(TextWriter output)
{
    private const int StepWidth = 64;
    private const int AccountWidth = 30;
    private const int AmountWidth = 14;

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private int _step;

    /// <summary>Shows a user's name where accounts have his id.</summary>
    public void Name(string walletId, string name) => _names[walletId] = name;

    public void Line(string text = "")
    {
        output.WriteLine(text);
        output.Flush();
    }

    public void Step(string what, string outcome) => Line($"{++_step,3}. {what.PadRight(StepWidth)} {outcome}");

    /// <summary>Something that happened to the last step later.</summary>
    public void Then(string what, string outcome) => Line($"     {what.PadRight(StepWidth)} {outcome}");

    public void Posting(JsonElement entry)
    {
        string account = Text(entry, "account");
        string counter = Text(entry, "counter_account");
        bool isDebit = Text(entry, "side") == "debit";
        (string debit, string credit) = isDebit ? (account, counter) : (counter, account);
        string amount = $"{Text(entry, "amount")} {Text(entry, "currency")}";
        Line($"       Dr {Short(debit).PadRight(AccountWidth)} Cr {Short(credit).PadRight(AccountWidth)} {amount.PadLeft(AmountWidth)}  {Text(entry, "kind")}");
    }

    public void BalanceLine(string account, string debit, string credit) =>
        Line($"     {account.PadRight(AccountWidth + 6)} {debit,16} {credit,16}");

    private string Short(string address)
    {
        string[] parts = address.Split(':');
        return parts.Length == 3 && _names.TryGetValue(parts[1], out string? name) ? $"{parts[0]}:{name}:{parts[2]}" : address;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
