using System.Numerics;
using System.Text;
using Florin.Ledger;
using static Florin.Ledger.TransactionStatus;

namespace Florin.Simulator.Model;

/// <summary>The contract's rules for one transaction, as a list of questions in the order of the numbers.</summary>
internal sealed class NaiveRules(Dictionary<string, (NormalSide Side, AccountFlags Flags)> accounts, NaivePage page, DateTimeOffset now)
{
    private static readonly BigInteger Max = BigInteger.Pow(2, 128) - 1;

    public Prediction Write(Transaction asked)
    {
        if (asked.Id.Value == 0 || asked.Id.Value == UInt128.MaxValue)
        {
            return No(asked.Id.Value == 0 ? IdMustNotBeZero : IdMustNotBeMax);
        }

        if (page.Find(asked.Id.Value) is { } before)
        {
            (TransactionStatus repeat, int at) = Repeat(asked, before);
            return new Prediction(repeat, at, before.Sequence);
        }

        TransactionStatus shape = Shape(asked);
        if (shape != Created)
        {
            return No(shape);
        }

        bool isMovement = asked.Kind is TransactionKind.Posted or TransactionKind.Pending;
        (TransactionStatus status, int index, List<NaiveLine> lines) = isMovement ? Lines(asked) : (Created, -1, []);
        if (status == Created && asked.Conditions.Any(condition => !accounts.ContainsKey(condition.Account.ToString())))
        {
            return No(ConditionAccountNotFound);
        }

        if (status == Created && IsInClosedPeriod(asked) && asked.ClosedPeriod == ClosedPeriodPolicy.Refuse)
        {
            return No(PeriodClosed);
        }

        if (status == Created && !isMovement)
        {
            (status, index, lines) = LinesOfRelated(asked);
        }

        if (status == Created && asked.Kind is not (TransactionKind.Void or TransactionKind.Release or TransactionKind.Extend))
        {
            (status, index) = NotOpen(lines);
            (status, index) = status == Created ? TooMuch(asked, lines) : (status, index);
            (status, index) = status == Created ? Balance(asked, lines) : (status, index);
        }

        return status == Created ? WriteDown(asked, lines) : No(status, index);
    }

    private static Prediction No(TransactionStatus status, int index = -1) => new(status, index, 0);

    private (TransactionStatus Status, int Index) Repeat(Transaction asked, NaiveEntry before)
    {
        if (asked.Kind != before.Kind)
        {
            return (ExistsWithDifferentKind, -1);
        }

        if (asked.Related?.Value != before.Related)
        {
            return (ExistsWithDifferentRelated, -1);
        }

        (TransactionStatus status, int index) = asked.Kind is TransactionKind.Posted or TransactionKind.Pending
            ? RepeatOfMovement(asked, before)
            : RepeatOfReference(asked, before);
        if (status != Exists)
        {
            return (status, index);
        }

        return asked.Timeout != before.Timeout ? (ExistsWithDifferentTimeout, -1)
            : asked.EffectiveDate != before.Date ? (ExistsWithDifferentEffectiveDate, -1)
            : asked.Reference != before.Reference ? (ExistsWithDifferentReference, -1)
            : asked.Metadata != before.Metadata ? (ExistsWithDifferentMetadata, -1)
            : !HasTermsOf(asked, before.Asked) ? (ExistsWithDifferentTerms, -1)
            : (Exists, -1);
    }

    private static (TransactionStatus Status, int Index) RepeatOfMovement(Transaction asked, NaiveEntry before)
    {
        if (asked.Transfers.Length != before.Lines.Count)
        {
            return (ExistsWithDifferentTransferCount, -1);
        }

        for (int index = 0; index < before.Lines.Count; index++)
        {
            (Transfer now, NaiveLine then) = (asked.Transfers[index], before.Lines[index]);
            TransactionStatus status = now.Debit.ToString() != then.Debit ? ExistsWithDifferentDebitAccount
                : now.Credit.ToString() != then.Credit ? ExistsWithDifferentCreditAccount
                : now.Amount != before.Asked!.Transfers[index].Amount || asked.Amounts.Length > 0 ? ExistsWithDifferentAmount
                : now.Code != then.Code ? ExistsWithDifferentCode
                : Exists;
            if (status != Exists)
            {
                return (status, index);
            }
        }

        return (Exists, -1);
    }

    // Nobody asked for an expiry in any terms.
    private static bool HasTermsOf(Transaction asked, Transaction? before) =>
        asked.ClosedPeriod == (before?.ClosedPeriod ?? ClosedPeriodPolicy.Refuse)
        && asked.Conditions.SequenceEqual(before?.Conditions ?? [])
        && asked.Transfers.Select(transfer => (transfer.Balancing, transfer.Minimum))
            .SequenceEqual((before?.Transfers ?? []).Select(transfer => (transfer.Balancing, transfer.Minimum)));

    private (TransactionStatus Status, int Index) RepeatOfReference(Transaction asked, NaiveEntry before)
    {
        if (asked.Transfers.Length > 0)
        {
            return (ExistsWithDifferentTransferCount, -1);
        }

        bool asksForAll = asked.Amounts.Length == 0;
        if (before.Kind is TransactionKind.Void or TransactionKind.Extend or TransactionKind.Expire)
        {
            return asksForAll ? (Exists, -1) : (ExistsWithDifferentAmount, 0);
        }

        // All that was left then is not in the command; but who left something out did not ask for all.
        if (asksForAll)
        {
            NaiveLine? leftOut = before.Kind == TransactionKind.Post ? before.Lines.Find(line => line.Amount != line.Released)
                : before.Kind == TransactionKind.Increase ? before.Lines[0] : null;
            return leftOut is null ? (Exists, -1) : (ExistsWithDifferentAmount, leftOut.Origin);
        }

        List<NaiveLine> originals = page.Find(before.Related!.Value)!.Lines;
        List<BigInteger> then = [.. originals.Select((_, index) => before.Lines.SingleOrDefault(line => line.Origin == index)?.Amount ?? 0)];
        List<BigInteger> wanted = [.. asked.Amounts.Select(amount => (BigInteger)amount)];
        int same = then.Zip(wanted).TakeWhile(pair => pair.First == pair.Second).Count();
        return same == then.Count && same == wanted.Count ? (Exists, -1) : (ExistsWithDifferentAmount, same);
    }

    private static TransactionStatus Shape(Transaction asked)
    {
        bool isMovement = asked.Kind is TransactionKind.Posted or TransactionKind.Pending;
        bool isReference = asked.Kind is TransactionKind.Post or TransactionKind.Void or TransactionKind.Reverse or TransactionKind.Increase
            or TransactionKind.Extend or TransactionKind.Release or TransactionKind.PostPart;
        (bool IsWrong, TransactionStatus Status)[] questions =
        [
            (!isMovement && !isReference, KindUnknown),
            (isMovement && asked.Related is not null, RelatedMustBeAbsent),
            (isReference && asked.Related is null, RelatedMustBePresent),
            (isReference && asked.Related == asked.Id, RelatedMustBeDifferent),
            (isMovement && asked.Transfers.Length == 0, TransfersMustBePresent),
            (isReference && asked.Transfers.Length > 0, TransfersMustBeAbsent),
            (asked.Transfers.Length > 64, TooManyTransfers),
            (asked.Kind is TransactionKind.Posted or TransactionKind.Pending or TransactionKind.Void or TransactionKind.Extend && asked.Amounts.Length > 0, AmountsMustBeAbsent),
            (asked.Reference?.Length > 200, ReferenceTooLong),
            (asked.Metadata?.Length > 8_192, MetadataTooLong),
            (!IsText(asked.Reference), ReferenceMalformed),
            (!IsText(asked.Metadata), MetadataMalformed),
            (asked.Timeout is not null && asked.Kind is not (TransactionKind.Pending or TransactionKind.Extend), TimeoutMustBeAbsent),
            (asked.Timeout is null && asked.Kind == TransactionKind.Extend, TimeoutMustBePresent),
            (asked.Timeout < TimeSpan.FromSeconds(1), TimeoutOutOfRange),
            (asked.Conditions.Length > 64, TooManyConditions),
            (asked.ClosedPeriod > ClosedPeriodPolicy.Adjust, TermUnknown),
            (asked.Conditions.Any(condition => condition.Measure > BalanceMeasure.CreditsPosted || condition.Comparison > Comparison.GreaterOrEqual), TermUnknown),
            (asked.Transfers.Any(transfer => transfer.Balancing > Balancing.Credit), TermUnknown),
            (asked.Kind == TransactionKind.Increase && asked.Amounts.Length == 0, AmountsMustBePresent),
        ];
        return questions.Where(question => question.IsWrong).Select(question => question.Status).DefaultIfEmpty(Created).First();
    }

    // What UTF-8 cannot say comes back as something else.
    private static bool IsText(string? text) => text is null || (!text.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text);

    private (TransactionStatus Status, int Index, List<NaiveLine> Lines) Lines(Transaction asked)
    {
        List<NaiveLine> lines = [];
        foreach (Transfer transfer in asked.Transfers)
        {
            (string debit, string credit) = (transfer.Debit.ToString(), transfer.Credit.ToString());
            TransactionStatus status = transfer.Amount == 0 ? AmountMustNotBeZero
                : transfer.Code < 1 ? CodeMustBePositive
                : debit == credit ? AccountsMustBeDifferent
                : transfer.Debit.Asset.Code != transfer.Credit.Asset.Code ? AssetsMustBeSame
                : !accounts.ContainsKey(debit) ? DebitAccountNotFound
                : !accounts.ContainsKey(credit) ? CreditAccountNotFound
                : transfer.Balancing == Balancing.None && transfer.Minimum > 0 ? MinimumMalformed
                : transfer.Minimum > transfer.Amount ? MinimumMalformed
                : Created;
            if (status != Created)
            {
                return (status, lines.Count, lines);
            }

            lines.Add(new NaiveLine(debit, credit, transfer.Amount, transfer.Code, -1));
        }

        return (Created, -1, lines);
    }

    private (TransactionStatus Status, int Index, List<NaiveLine> Lines) LinesOfRelated(Transaction asked)
    {
        if (page.Find(asked.Related!.Value.Value) is not { } related)
        {
            return (RelatedNotFound, -1, []);
        }

        bool isReverse = asked.Kind == TransactionKind.Reverse;
        TransactionStatus status = isReverse ? Reversible(related) : Open(related);
        if (status != Created || asked.Kind == TransactionKind.Extend)
        {
            return status == Created ? LineOfExtension(asked, related) : (status, -1, []);
        }

        if (asked.Amounts.Length > 0 && asked.Amounts.Length != related.Lines.Count)
        {
            return (AmountsCountDiffers, -1, []);
        }

        List<BigInteger> left = isReverse ? [.. related.Lines.Select((line, index) => line.Amount - page.TakenBack(related.Id, index))] : page.HeldOf(related);
        List<BigInteger> wanted = asked.Amounts.Length == 0 ? left : [.. asked.Amounts.Select(amount => (BigInteger)amount)];
        if (wanted.All(amount => amount == 0))
        {
            return (NothingToDo, -1, []);
        }

        bool isBounded = asked.Kind != TransactionKind.Increase;
        int exceeding = wanted.Zip(left).Select((pair, index) => isBounded && pair.First > pair.Second ? index : int.MaxValue).Min();
        bool endsAll = asked.Kind == TransactionKind.Post;
        List<NaiveLine> lines = [.. related.Lines
            .Select((line, index) => isReverse
                ? new NaiveLine(line.Credit, line.Debit, wanted[index], line.Code, index)
                : new NaiveLine(line.Debit, line.Credit, wanted[index], line.Code, index, endsAll ? left[index] : 0))
            .Where(line => line.Amount > 0 || line.Released > 0)];
        return exceeding < int.MaxValue ? (ExceedsRelatedAmount, exceeding, lines) : (Created, -1, lines);
    }

    private static TransactionStatus Reversible(NaiveEntry related) =>
        related.Kind is TransactionKind.Posted or TransactionKind.Post or TransactionKind.PostPart ? Created : RelatedNotPosted;

    private TransactionStatus Open(NaiveEntry related) =>
        related.Kind != TransactionKind.Pending ? RelatedNotPending
        : page.EndOf(related) is not { } end ? page.ExpiryOf(related) <= now ? RelatedExpired : Created
        : end == TransactionKind.Expire ? RelatedExpired
        : end == TransactionKind.Post || page.IsPartlyPosted(related.Id) ? RelatedAlreadyPosted
        : RelatedAlreadyVoided;

    private (TransactionStatus Status, int Index, List<NaiveLine> Lines) LineOfExtension(Transaction asked, NaiveEntry related) =>
        page.ExpiryOf(related) is not { } expiry ? (RelatedHasNoTimeout, -1, [])
        : now + asked.Timeout!.Value <= expiry ? (ExpiryMustBeLater, -1, [])
        : (Created, -1, [related.Lines[0] with { Amount = 0, Origin = 0 }]);

    // As the contract says: the amounts of all transfers are counted against each account, on both of its sides.
    private (TransactionStatus Status, int Index) TooMuch(Transaction asked, List<NaiveLine> lines)
    {
        BigInteger sum = 0;
        for (int index = 0; index < lines.Count; index++)
        {
            sum += IsBalancing(asked, index) ? 0 : lines[index].Amount;
            if (sum > Max)
            {
                return (OverflowsTotals, index);
            }
        }

        int tooMuch = lines.FindIndex(line => new[] { line.Debit, line.Credit }
            .Select(page.Totals)
            .Any(totals => totals[0] + totals[1] + sum > Max || totals[2] + totals[3] + sum > Max));
        return tooMuch < 0 ? (Created, -1) : (OverflowsTotals, tooMuch);
    }

    private (TransactionStatus Status, int Index) NotOpen(List<NaiveLine> lines)
    {
        for (int index = 0; index < lines.Count; index++)
        {
            if (lines[index].Amount > 0 && page.StandingOf(lines[index].Debit) != AccountStanding.Open)
            {
                return (DebitAccountNotOpen, index);
            }

            if (lines[index].Amount > 0 && page.StandingOf(lines[index].Credit) != AccountStanding.Open)
            {
                return (CreditAccountNotOpen, index);
            }
        }

        return (Created, -1);
    }

    private static bool IsBalancing(Transaction asked, int index) => asked.Transfers.Length > index && asked.Transfers[index].Balancing != Balancing.None;

    /// <summary>Finds what balancing transfers move: each of what those before it left.</summary>
    private (TransactionStatus Status, int Index) Balance(Transaction asked, List<NaiveLine> lines)
    {
        NaivePage trial = page.Turn();
        bool isAnyBalancing = false;
        for (int index = 0; index < lines.Count && asked.Transfers.Any(transfer => transfer.Balancing != Balancing.None); index++)
        {
            (BigInteger[] debit, BigInteger[] credit) = (trial.Totals(lines[index].Debit), trial.Totals(lines[index].Credit));
            if (IsBalancing(asked, index))
            {
                isAnyBalancing = true;
                Transfer transfer = asked.Transfers[index];
                BigInteger room = transfer.Balancing == Balancing.Debit ? debit[3] - debit[1] - debit[0] : credit[1] - credit[3] - credit[2];
                BigInteger amount = room < transfer.Amount ? room : transfer.Amount;
                if (amount < 1 || amount < transfer.Minimum)
                {
                    return (BelowMinimum, index);
                }

                lines[index] = lines[index] with { Amount = amount };
            }

            if (isAnyBalancing && (debit[0] + debit[1] + lines[index].Amount > Max || credit[2] + credit[3] + lines[index].Amount > Max))
            {
                return (OverflowsTotals, index);
            }

            trial.Count(asked.Kind, [lines[index]]);
        }

        return (Created, -1);
    }

    private bool IsInClosedPeriod(Transaction asked) => asked.EffectiveDate is { } day && page.ClosedThrough is { } closed && day <= closed;

    private Prediction WriteDown(Transaction asked, List<NaiveLine> lines)
    {
        BigInteger sequence = page.Sequence + 1;
        Dictionary<string, (BigInteger Held, BigInteger Owed)> before = Safeguarded(lines);
        page.Write(new NaiveEntry(asked.Id.Value, asked.Kind, lines, asked.Related?.Value, asked.EffectiveDate, asked.Reference, asked.Metadata, sequence)
        {
            Asked = asked,
            IsAdjusted = IsInClosedPeriod(asked),
            Timeout = asked.Timeout,
            ExpiresAt = now + asked.Timeout,
        });
        if (FirstUncovered(lines, before) is { } uncovered)
        {
            return No(ExceedsSafeguarded, uncovered);
        }

        bool canBreak = asked.Kind is not (TransactionKind.Void or TransactionKind.Release or TransactionKind.Extend);
        for (int index = 0; index < lines.Count && canBreak; index++)
        {
            string[] both = [lines[index].Debit, lines[index].Credit];
            if (both.Any(name => accounts[name].Flags.HasFlag(AccountFlags.DebitsMustNotExceedCredits) && Debits(name) > page.Totals(name)[3]))
            {
                return No(ExceedsCredits, index);
            }

            if (both.Any(name => accounts[name].Flags.HasFlag(AccountFlags.CreditsMustNotExceedDebits) && Credits(name) > page.Totals(name)[1]))
            {
                return No(ExceedsDebits, index);
            }
        }

        return asked.Conditions.All(Holds) ? new Prediction(Created, -1, sequence) : No(ConditionFailed);
    }

    /// <summary>For each asset that lines touch on a safeguarding account: what the house holds for its customers and what it owes them, over all accounts.</summary>
    private Dictionary<string, (BigInteger Held, BigInteger Owed)> Safeguarded(List<NaiveLine> lines) => lines
        .SelectMany(line => new[] { line.Debit, line.Credit }).Where(IsSafeguarding).Select(AssetOf).Distinct()
        .ToDictionary(asset => asset, asset => (Posted(asset, NormalSide.Debit), -Posted(asset, NormalSide.Credit)));

    /// <summary>The first line that owes a customer more, in an asset of which more is owed than before and less than that is held, by more than before.</summary>
    private int? FirstUncovered(List<NaiveLine> lines, Dictionary<string, (BigInteger Held, BigInteger Owed)> before)
    {
        Dictionary<string, (BigInteger Held, BigInteger Owed)> after = Safeguarded(lines);
        string? uncovered = before.Keys.FirstOrDefault(asset => after[asset].Owed > before[asset].Owed && after[asset].Owed > after[asset].Held
            && after[asset].Owed - after[asset].Held > before[asset].Owed - before[asset].Held);
        int first = lines.FindIndex(line => uncovered is not null && AssetOf(line.Credit) == uncovered && line.Amount > 0 && IsOwed(line.Credit) && !IsOwed(line.Debit));
        return first < 0 ? null : first;
    }

    private BigInteger Posted(string asset, NormalSide side) => accounts
        .Where(account => account.Value.Side == side && IsSafeguarding(account.Key) && AssetOf(account.Key) == asset)
        .Aggregate(BigInteger.Zero, (sum, account) => sum + page.Totals(account.Key)[1] - page.Totals(account.Key)[3]);

    private bool IsSafeguarding(string name) => accounts[name].Flags.HasFlag(AccountFlags.Safeguarding);

    private bool IsOwed(string name) => IsSafeguarding(name) && accounts[name].Side == NormalSide.Credit;

    private static string AssetOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    private bool Holds(BalanceCondition condition)
    {
        string name = condition.Account.ToString();
        BigInteger[] totals = page.Totals(name);
        bool isCredit = accounts[name].Side == NormalSide.Credit;
        BigInteger posted = isCredit ? totals[3] - totals[1] : totals[1] - totals[3];
        BigInteger measured = condition.Measure switch
        {
            BalanceMeasure.Available => BigInteger.Max(0, posted - (isCredit ? totals[0] : totals[2])),
            BalanceMeasure.Posted => posted,
            BalanceMeasure.DebitsPending => totals[0],
            BalanceMeasure.DebitsPosted => totals[1],
            BalanceMeasure.CreditsPending => totals[2],
            _ => totals[3],
        };
        return condition.Comparison switch
        {
            Comparison.Equal => measured == condition.Value,
            Comparison.NotEqual => measured != condition.Value,
            Comparison.Less => measured < condition.Value,
            Comparison.LessOrEqual => measured <= condition.Value,
            Comparison.Greater => measured > condition.Value,
            _ => measured >= condition.Value,
        };
    }

    private BigInteger Debits(string name) => page.Totals(name)[0] + page.Totals(name)[1];

    private BigInteger Credits(string name) => page.Totals(name)[2] + page.Totals(name)[3];
}
