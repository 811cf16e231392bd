namespace Florin.Identity.Accounts;

/// <summary>A registration that keeps the rules.</summary>
internal sealed record CheckedRegistration(EmailAddress Email, string Password, string Name, UserKind Kind)
{
    public override string ToString() => nameof(CheckedRegistration);
}

/// <summary>The rules of a registration. Passwords have a length and no composition (NIST SP 800-63B, section 3.1.1.2).</summary>
internal static class RegistrationRules
{
    /// <summary>Characters of a user's name.</summary>
    public const int NameMax = 100;

    /// <param name="errors">Every broken rule by field, not the first alone; empty when the registration is returned.</param>
    public static CheckedRegistration? Check(Registration registration, IdentityOptions options, out Dictionary<string, string[]> errors)
    {
        errors = [];
        if (!EmailAddress.TryParse(registration.Email, out EmailAddress email))
        {
            errors["email"] = [$"An e-mail address of at most {EmailAddress.LengthMax} characters is needed."];
        }

        if (!IsPassword(registration.Password, options))
        {
            errors["password"] = [$"A password of {options.PasswordLengthMin} to {options.PasswordLengthMax} characters is needed."];
        }

        if (registration.Name is null || !PlainText.IsLabel(registration.Name, NameMax))
        {
            errors["name"] = [$"A name of 1 to {NameMax} characters is needed, without control characters and without blanks at its ends."];
        }

        if (UserKindText.Read(registration.Kind) is not { } kind)
        {
            errors["kind"] = ["person or business is needed."];
            return null;
        }

        return errors.Count == 0 ? new CheckedRegistration(email, registration.Password!, registration.Name!, kind) : null;
    }

    /// <summary>Whether a text is short enough and sound enough to be compared with a password's hash; the least length is a rule for new ones alone.</summary>
    public static bool MayBePassword(string? text, IdentityOptions options) =>
        text is { Length: > 0 }
        && text.Length <= 2 * options.PasswordLengthMax
        && PlainText.IsWellFormed(text)
        && PlainText.Length(text) <= options.PasswordLengthMax;

    private static bool IsPassword(string? text, IdentityOptions options) =>
        MayBePassword(text, options) && PlainText.Length(text!) >= options.PasswordLengthMin;
}
