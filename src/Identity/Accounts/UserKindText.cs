using System.Diagnostics;

namespace Florin.Identity.Accounts;

/// <summary>The kinds of user as the API, the tokens and the database write them.</summary>
internal static class UserKindText
{
    public static string Write(UserKind kind) => kind switch
    {
        UserKind.Person => "person",
        UserKind.Business => "business",
        _ => throw new UnreachableException(),
    };

    public static UserKind? Read(string? text) => text switch
    {
        "person" => UserKind.Person,
        "business" => UserKind.Business,
        _ => null,
    };
}
