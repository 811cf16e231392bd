using System.Diagnostics;
using System.Net;
using Florin.Identity;
using Florin.Ledger;

namespace Florin.Server.Hosting;

/// <summary>The operator and the administrator's key of development mode. They are made once and stay the same over restarts.</summary>
internal sealed class DevelopmentAccess(IUsers users, ISessions sessions, IApiKeys keys, IdSource ids)
{
    private const string OperatorEmail = "operator@florin.example";
    private const string KeyName = "development administrator";
    private const int PasswordBytes = 18;

    /// <summary>The credentials of the last start when they still work on this database, else new ones.</summary>
    public async Task<(string AdminApiKey, string OperatorEmail, string OperatorPassword)> EnsureAsync(
        DevFile? last, CancellationToken cancellationToken)
    {
        string key = last is not null && await keys.VerifyAsync(last.AdminApiKey, IPAddress.Loopback, cancellationToken) is ApiKeyCheck.Accepted
            ? last.AdminApiKey
            : await CreateKeyAsync(cancellationToken);
        bool operatorWorks = last is not null
            && await sessions.LoginAsync(last.OperatorEmail, last.OperatorPassword, cancellationToken) is LoginOutcome.Succeeded;
        (string email, string password) = operatorWorks
            ? (last!.OperatorEmail, last.OperatorPassword)
            : await RegisterAsync(cancellationToken);
        return (key, email, password);
    }

    private async Task<string> CreateKeyAsync(CancellationToken cancellationToken)
    {
        ApiKeyRequest request = new(KeyName, [Scopes.Admin], [], ExpiresAt: null, CreatedBy: "system");
        CreateApiKeyOutcome outcome = await keys.CreateAsync(request, cancellationToken);
        return outcome is CreateApiKeyOutcome.Created created ? created.Plaintext : throw new UnreachableException();
    }

    private async Task<(string Email, string Password)> RegisterAsync(CancellationToken cancellationToken)
    {
        string password = Convert.ToHexStringLower(ids.NextSecret(PasswordBytes));
        foreach (string email in (string[])[OperatorEmail, $"operator-{ids.NextId():n}@florin.example"])
        {
            // The first address is taken when dev.json was lost: nobody knows that password any more.
            RegisterOutcome outcome = await users.RegisterAsync(new Registration(email, password, "Operator", "business"), cancellationToken);
            if (outcome is RegisterOutcome.Created)
            {
                return (email, password);
            }
        }

        throw new UnreachableException();
    }
}
