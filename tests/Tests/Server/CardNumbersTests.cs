using System.Globalization;
using System.Text;
using System.Text.Json;
using Florin.Server.Http;
using Xunit;

namespace Florin.Tests.Server;

public sealed class CardNumbersTests
{
    /// <summary>The schemes' published test numbers.</summary>
    public static readonly string[] Known =
    [
        "4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "378282246310005", "6011111111111117",
        "3056930009020004", "36227206271667", "3566002020360505", "6200000000000005", "4222222222222", "6759649826438453",
    ];

    public static TheoryData<string> KnownNumbers => [.. Known];

    /// <summary>Ways in which one number may stand in a body.</summary>
    public static IEnumerable<string> Spellings(string number)
    {
        string spaced = string.Join(' ', number.Chunk(4).Select(part => new string(part)));
        yield return number;
        yield return $"my card is {number}, thanks";
        yield return $"{{\"note\":\"{number}\"}}";
        yield return $"{{\"note\":{number}}}";
        yield return $"[{number},1]";
        yield return $"{{\"note\":\"{spaced}\"}}";
        yield return spaced.Replace(' ', '-');
        yield return $"{spaced} 12 30 123";
        yield return $"2026 {spaced}";
        yield return spaced.Replace(' ', '\u00A0');
        yield return $"card={spaced.Replace(' ', '+')}&x=1";
        yield return $"{{\"note\":\"\\n{number}\"}}";
        yield return $"{{\"note\":\"{string.Concat(number.Select(digit => $"\\u{(int)digit:x4}"))}\"}}";
        yield return string.Concat(number.Select(digit => $"%{(int)digit:X2}"));
        yield return string.Concat(number.Select(digit => $"%25{(int)digit:X2}"));
        yield return string.Concat(number.Select(digit => (char)('０' + (digit - '0'))));
    }

    [Theory]
    [MemberData(nameof(KnownNumbers))]
    public void A_card_number_is_seen_however_it_is_written(string number)
    {
        foreach (string spelling in Spellings(number))
        {
            Assert.True(CardNumbers.Contains(spelling), spelling);
            Assert.True(CardNumbers.Contains(Encoding.UTF8.GetBytes(spelling)), spelling);
        }
    }

    [Fact]
    public void The_quick_look_misses_nothing_that_the_whole_one_finds()
    {
        Random random = new(20261122);
        string[] pieces = [.. Known.SelectMany(number => new[] { number, number[..7], number[7..], number[..4], number[4..8] }), " ", "-", "+", "  ", "\"", ",", "x", "_", "\\", "%34", "é", "7"];
        int found = 0;
        for (int sample = 0; sample < 20_000; sample++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => pieces[random.Next(pieces.Length)]));

            // Masking looks at everything, without the quick look.
            bool isThere = CardNumbers.Mask(text) != text;
            Assert.True(CardNumbers.Contains(text) == isThere, text);
            found += isThere ? 1 : 0;
        }

        Assert.InRange(found, 1_000, 19_000);
    }

    [Fact]
    public void Every_range_of_every_brand_is_seen_with_every_length()
    {
        Random random = new(20261121);
        foreach (CardBrands.IssuerRange range in CardBrands.Ranges)
        {
            for (int length = CardBrands.DigitsMin; length <= CardBrands.DigitsMax; length++)
            {
                if ((range.Lengths & (1 << length)) == 0)
                {
                    continue;
                }

                for (int sample = 0; sample < 25; sample++)
                {
                    int prefix = sample == 0 ? range.From : sample == 1 ? range.To : random.Next(range.From, range.To + 1);
                    string number = Generate(prefix.ToString(CultureInfo.InvariantCulture), length, random);
                    Assert.True(CardNumbers.Contains($"{{\"a\":\"{number}\"}}"), number);
                    Assert.False(CardNumbers.Contains(WithOtherCheckDigit(number)), number);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(KnownNumbers))]
    public void A_mask_leaves_four_digits_and_valid_json(string number)
    {
        foreach (string spelling in Spellings(number))
        {
            string masked = CardNumbers.Mask(spelling);
            Assert.False(CardNumbers.Contains(masked), masked);
            Assert.Equal(spelling.Length, masked.Length);
            Assert.DoesNotContain(number, masked, StringComparison.Ordinal);
            if (spelling[0] is '{' or '[')
            {
                // Escapes become plain stars only in strings that were one escape from end to end, so every result still parses.
                using JsonDocument document = JsonDocument.Parse(masked);
            }
        }
    }

    [Fact]
    public void A_mask_changes_nothing_else()
    {
        const string Text = """{"id":"evt_1","amount":123456789012,"created":1763685874,"note":"pay 10.50 to Ann"}""";
        Assert.Same(Text, CardNumbers.Mask(Text));
        Assert.Equal("""{"a":"x ************4242 y","b":2}""", CardNumbers.Mask("""{"a":"x 4242424242424242 y","b":2}"""));
        Assert.Equal("""{"a":9999999999994242}""", CardNumbers.Mask("""{"a":4242424242424242}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4242")]
    [InlineData("4242424242424241")]
    [InlineData("1763685874000")]
    [InlineData("2026-11-21T00:44:34.123456Z")]
    [InlineData("+49 30 901820 4711")]
    [InlineData("pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    [InlineData("acct_4242424242424242")]
    [InlineData("a4242424242424242")]
    [InlineData("4242424242424242b")]
    [InlineData("42424242-4242-4242-8242-424242424242")]
    [InlineData("{\"id\":\"42424242-4242-4242-8242-424242424242\"}")]
    [InlineData("42424242424242424242424242424242")]
    public void Other_numbers_are_left_alone(string text)
    {
        Assert.False(CardNumbers.Contains(text), text);
        Assert.Same(text, CardNumbers.Mask(text));
    }

    [Fact]
    public void Identifiers_are_left_alone()
    {
        Random random = new(7);
        byte[] bytes = new byte[32];
        for (int sample = 0; sample < 50_000; sample++)
        {
            random.NextBytes(bytes);
            Guid guid = new(bytes.AsSpan(0, 16));
            Assert.False(CardNumbers.Contains($"{{\"source_id\":\"{guid}\"}}"), guid.ToString());
        }
    }

    [Fact]
    public void A_long_run_of_digits_takes_time_in_proportion()
    {
        // Quadratic work over a mebibyte would not end within the run of the tests.
        Assert.False(CardNumbers.Contains(string.Concat(Enumerable.Repeat("1 ", 512 * 1024))));
        Assert.False(CardNumbers.Contains(new string('1', 1 << 20)));
        string cards = string.Concat(Enumerable.Repeat("4242424242424242,", 20_000));
        Assert.False(CardNumbers.Contains(CardNumbers.Mask(cards)));
    }

    private static string Generate(string prefix, int length, Random random)
    {
        StringBuilder digits = new(prefix);
        while (digits.Length < length - 1)
        {
            digits.Append((char)('0' + random.Next(10)));
        }

        for (char check = '0'; check <= '9'; check++)
        {
            string candidate = digits.ToString() + check;
            if (LuhnByTheBook(candidate))
            {
                return candidate;
            }
        }

        throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>The check written another way than in the product.</summary>
    private static bool LuhnByTheBook(string number) =>
        number.Reverse().Select((digit, index) => (digit - '0') * (1 + (index % 2))).Sum(product => (product / 10) + (product % 10)) % 10 == 0;

    private static string WithOtherCheckDigit(string number) => number[..^1] + (char)('0' + ((number[^1] - '0' + 1) % 10));
}
