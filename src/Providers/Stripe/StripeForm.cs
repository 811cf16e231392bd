using System.Globalization;
using System.Text;

namespace Florin.Providers.Stripe;

/// <summary>A request's parameters as Stripe wants them: form-encoded, with brackets for what is nested, in the order in which they were added.</summary>
internal sealed class StripeForm
{
    private readonly StringBuilder _text = new();

    public StripeForm Add(string name, string value)
    {
        if (_text.Length > 0)
        {
            _text.Append('&');
        }

        // Brackets stay readable in names; Stripe takes both forms.
        _text.Append(Uri.EscapeDataString(name).Replace("%5B", "[", StringComparison.Ordinal).Replace("%5D", "]", StringComparison.Ordinal));
        _text.Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    public StripeForm Add(string name, long value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

    public StripeForm Add(string name, bool value) => Add(name, value ? "true" : "false");

    /// <summary>One element of a list: <c>name[]=value</c>.</summary>
    public StripeForm AddItem(string name, string value) => Add(name + "[]", value);

    /// <summary>One field of a nested object: <c>name[field]=value</c>.</summary>
    public StripeForm AddField(string name, string field, string value) => Add($"{name}[{field}]", value);

    public override string ToString() => _text.ToString();
}
