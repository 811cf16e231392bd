using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary>Reads a transaction from the body of a request, or from one of many in it.</summary>
internal static class TransactionBody
{
    private static readonly TransactionKind[] Kinds = [.. Enum.GetValues<TransactionKind>().Where(kind => kind != TransactionKind.Expire)];

    public static Transaction Read(RequestBody body, TransactionId id)
    {
        TransactionKind kind = body.Word<TransactionKind>("kind");
        if (kind == TransactionKind.Expire)
        {
            body.AddError("kind", "must be one of: " + string.Join(", ", Kinds.Select(known => JsonConventions.SnakeCase(known.ToString()))));
        }

        Guid? related = body.OptionalUuid("related_id");
        int? timeout = body.OptionalInteger("timeout_seconds", 1, (int)Transaction.TimeoutMax.TotalSeconds);
        return new Transaction
        {
            Id = id,
            Kind = kind,
            Transfers = [.. body.Objects("transfers", Transaction.TransfersMax, ReadTransfer)],
            Related = related is { } value ? TransactionId.FromGuid(value) : null,
            Amounts = ReadAmounts(body),
            Timeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Conditions = [.. body.Objects("conditions", Transaction.ConditionsMax, ReadCondition)],
            EffectiveDate = ReadDate(body, "effective_date"),
            ClosedPeriod = body.Find("closed_period") is null ? ClosedPeriodPolicy.Refuse : body.Word<ClosedPeriodPolicy>("closed_period"),
            Reference = body.OptionalText("reference", 1, Transaction.ReferenceLengthMax),
            Metadata = ReadMetadata(body),
        };
    }

    private static Transfer ReadTransfer(RequestBody item)
    {
        AccountAddress debit = ReadAddress(item, "debit");
        AccountAddress credit = ReadAddress(item, "credit");
        Money amount = item.Money();
        int code = item.OptionalInteger("code", 1, int.MaxValue) ?? 0;
        if (code == 0)
        {
            item.AddError("code", "is required");
        }

        Balancing balancing = item.Find("balancing") is null ? Balancing.None : item.Word<Balancing>("balancing");
        UInt128 minimum = item.Find("minimum") is null ? UInt128.Zero : item.Money("minimum").MinorUnits;
        Asset asset = amount.Asset ?? Assets.Get("USD");
        return new Transfer(new AccountId(debit, asset), new AccountId(credit, asset), amount.MinorUnits, code) { Balancing = balancing, Minimum = minimum };
    }

    private static BalanceCondition ReadCondition(RequestBody item)
    {
        AccountAddress address = ReadAddress(item, "address");
        string code = item.Text("currency", 2, 16);
        bool isKnown = Assets.TryGet(code, out Asset? asset);
        if (!isKnown)
        {
            item.AddError("currency", "is not a currency that is supported here", ProblemCode.UnsupportedCurrency);
        }

        BalanceMeasure measure = item.Word<BalanceMeasure>("measure");
        Comparison comparison = item.Word<Comparison>("comparison");
        string text = item.Text("value", 1, MoneyText.LengthMax + 1);
        bool isNegative = text.StartsWith('-');
        bool isAmount = MoneyText.Parse(isNegative ? text.AsSpan(1) : text, asset?.Scale ?? 0, out UInt128 units) == MoneyTextError.None
            && units <= (UInt128)Int128.MaxValue;
        if (!isAmount)
        {
            item.AddError("value", "must be a decimal number such as 10.50 or -10.50");
            units = UInt128.Zero;
        }

        return new BalanceCondition(new AccountId(address, asset ?? Assets.Get("USD")), measure, comparison, isNegative ? -(Int128)units : (Int128)units);
    }

    private static ImmutableArray<UInt128> ReadAmounts(RequestBody body)
    {
        string? code = body.OptionalText("currency", 2, 16);
        if (body.Find("amounts") is not { } list)
        {
            return [];
        }

        if (!Assets.TryGet(code, out Asset? asset))
        {
            body.AddError("currency", "must name the currency of the amounts", ProblemCode.UnsupportedCurrency);
            return [];
        }

        bool isList = list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= Transaction.TransfersMax;
        List<UInt128> amounts = [];
        foreach (JsonElement element in isList ? [.. list.EnumerateArray()] : Array.Empty<JsonElement>())
        {
            // Digits and a dot need no escapes: the raw text tells all.
            string raw = element.ValueKind == JsonValueKind.String ? element.GetRawText().Trim('"') : "";
            isList &= MoneyText.Parse(raw, asset.Scale, out UInt128 units) == MoneyTextError.None;
            amounts.Add(units);
        }

        if (!isList)
        {
            body.AddError("amounts", $"must be a list of at most {Transaction.TransfersMax} decimal strings with at most {asset.Scale} decimals");
        }

        return [.. amounts];
    }

    private static string? ReadMetadata(RequestBody body)
    {
        if (body.Find("metadata") is not { } metadata)
        {
            return null;
        }

        string text = metadata.GetRawText();
        if (metadata.ValueKind != JsonValueKind.Object || text.Length > Transaction.MetadataLengthMax)
        {
            body.AddError("metadata", $"must be an object of at most {Transaction.MetadataLengthMax} characters");
        }

        return text;
    }

    private static AccountAddress ReadAddress(RequestBody body, string name)
    {
        if (AccountAddress.TryParse(body.Text(name, 1, AccountAddress.LengthMax), out AccountAddress address))
        {
            return address;
        }

        body.AddError(name, "must be an account address such as user:7:available");
        return AccountAddress.Parse("none");
    }

    public static DateOnly? ReadDate(RequestBody body, string name)
    {
        if (body.OptionalText(name, 1, 10) is not { } text)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
        {
            return day;
        }

        body.AddError(name, "must be a day such as 2026-01-31");
        return null;
    }
}
