using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Florin.Flows;
using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Server.Cluster;
using Xunit;

namespace Florin.Tests.Server.Cluster;

/// <summary>What nodes send to each other arrives as it was.</summary>
public sealed class LedgerJsonTests
{
    private const int Seeds = 500;

    private static readonly LedgerJson Json = new([new ParticipantType(FlowChange.Participant, typeof(FlowChange))]);

    [Fact]
    public void Every_member_of_a_submission_arrives() => AssertArrives<Submission>(Json.Request);

    [Fact]
    public void Every_member_of_an_answer_arrives()
    {
        AssertArrives<SubmissionResult>(Json.Answer);
        AssertArrives<AccountBalance?>(Json.Answer);
        AssertArrives<ImmutableArray<AccountBalance>>(Json.Answer);
        AssertArrives<byte[]>(Json.Answer);
    }

    [Fact]
    public void An_account_arrives() => AssertArrives<AccountId>(Json.Request);

    [Fact]
    public void What_is_not_set_is_not_sent()
    {
        Transaction plain = new() { Id = new TransactionId(1), Kind = TransactionKind.Void };
        string text = JsonSerializer.Serialize(new Submission { Transactions = [plain] }, Json.Request);
        Assert.Equal("""{"Transactions":[{"Id":"00000000-0000-0000-0000-000000000001","Kind":4}]}""", text);
    }

    [Fact]
    public void A_member_that_is_not_known_is_refused_in_a_request_and_ignored_in_an_answer()
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Submission>("""{"Later":true}""", Json.Request));
        SubmissionResult? result = JsonSerializer.Deserialize<SubmissionResult>("""{"Status":1,"Transactions":[],"Later":true}""", Json.Answer);
        Assert.Equal(TransactionStatus.Exists, result!.Status);
    }

    [Fact]
    public void A_participant_that_is_not_known_is_refused() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Submission>("""{"Participant":{"other":{}}}""", Json.Request));

    [Fact]
    public void The_largest_submission_is_below_the_limit_of_a_body()
    {
        ImmutableArray<Transfer> transfers = [.. Enumerable.Repeat(
            new Transfer(Longest("a"), Longest("b"), UInt128.MaxValue, int.MaxValue), Transaction.TransfersMax)];
        Transaction full = new()
        {
            Id = TransactionId.FromName("x"),
            Kind = TransactionKind.Pending,
            Transfers = transfers,
            Related = TransactionId.FromName("y"),
            Amounts = [.. Enumerable.Repeat(UInt128.MaxValue, Transaction.TransfersMax)],
            EffectiveDate = DateOnly.MaxValue,
            Reference = new string('\u4E00', Transaction.ReferenceLengthMax),
            Metadata = new string('\u4E00', Transaction.MetadataLengthMax),
        };
        AccountDefinition account = new(Longest("a"), NormalSide.Credit, AccountFlags.None);
        Submission largest = new()
        {
            Transactions = [.. Enumerable.Repeat(full, Submission.TransactionsMax)],
            Accounts = [.. Enumerable.Repeat(account, Submission.AccountsMax)],
        };
        Assert.InRange(Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(largest, Json.Request)), 0, Florin.Server.Endpoints.Internal.ForwardedCall.BytesMax);
    }

    private static AccountId Longest(string segment) =>
        AccountId.Of(segment + new string('z', AccountAddress.LengthMax - 1), new Asset(new string('A', 16), 18));

    private static void AssertArrives<T>(JsonSerializerOptions options)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            T sent = new RandomValues(seed).Next<T>();
            string text = JsonSerializer.Serialize(sent, options);
            T? got = JsonSerializer.Deserialize<T>(text, options);
            string? difference = RandomValues.Difference(sent, got);
            Assert.True(difference is null, $"seed {seed}: {difference} in {text}");
        }
    }
}
