using Dapper;
using Florin.Providers;
using Florin.Storage.Database;
using Florin.Wallets.Withdrawals;
using Npgsql;

namespace Florin.Wallets.FundingSources;

/// <summary>A linked payment method as its row stands.</summary>
internal sealed record FundingSourceRow
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    public required string Provider { get; init; }

    public required string PaymentMethodToken { get; init; }

    public required string ProviderPaymentMethodId { get; init; }

    public required string Kind { get; init; }

    public string? Brand { get; init; }

    public string? Last4 { get; init; }

    public string? BankName { get; init; }

    public string? Fingerprint { get; init; }

    public required string Status { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Characters of an account's id that are shown.</summary>
    private const int ShownMax = 4;

    public bool IsActive => Status == FundingSourceStatus.Active;

    public PaymentMethodKind MethodKind => Kind == FundingSourceKinds.Card ? PaymentMethodKind.Card : PaymentMethodKind.BankAccount;

    /// <summary>Whether a merchant may be paid out to it.</summary>
    public bool IsPayoutAccount => Kind is FundingSourceKinds.BankAccount or FundingSourceKinds.Paypal;

    /// <summary>What a flow may remember of whom it pays: the provider's id, but nobody's address. See <see cref="PayoutRails.ReceiverAsync"/>.</summary>
    public string? PayoutDestination => Kind == FundingSourceKinds.Paypal ? null : ProviderPaymentMethodId;

    public FundingSource ToContract() => new(
        Id,
        Kind switch
        {
            FundingSourceKinds.Card => FundingSourceKind.Card,
            FundingSourceKinds.Paypal => FundingSourceKind.Paypal,
            _ => FundingSourceKind.BankAccount,
        },
        Brand,
        Last4,
        BankName,
        Kind == FundingSourceKinds.Paypal ? Masked(ProviderPaymentMethodId) : null,
        Status,
        CreatedAt);

    /// <summary>The first character of an address and its domain; the last four of an id.</summary>
    private static string Masked(string account)
    {
        int at = account.IndexOf('@', StringComparison.Ordinal);
        return at > 0 ? $"{account[0]}***{account[at..]}" : $"***{account[^Math.Min(ShownMax, account.Length / 2)..]}";
    }
}

internal static class FundingSourceStatus
{
    public const string Active = "active";
    public const string Removing = "removing";
}

internal static class FundingSourceKinds
{
    public const string Card = "card";
    public const string BankAccount = "bank_account";
    public const string Paypal = "paypal";
}

/// <summary>Reads and writes of linked payment methods and provider customers. A removed one is found by nobody.</summary>
internal sealed class FundingSourceStore(IDatabase database) : IPayoutDestinations
{
    private const string Columns =
        """
        id as "Id", user_id as "UserId", provider as "Provider", payment_method_token as "PaymentMethodToken",
        provider_payment_method_id as "ProviderPaymentMethodId", kind as "Kind", brand as "Brand", last4 as "Last4", bank_name as "BankName",
        fingerprint as "Fingerprint", status as "Status", created_at as "CreatedAt"
        """;

    public async ValueTask<FundingSourceRow?> GetAsync(Guid userId, Guid id, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<FundingSourceRow>(new CommandDefinition(
            $"select {Columns} from wallets.funding_source where id = @id and user_id = @userId and status <> 'removed'",
            new { id, userId },
            cancellationToken: cancellationToken));
    }

    public async ValueTask<string?> FindReceiverAsync(Guid destinationId, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            "select provider_payment_method_id from wallets.funding_source where id = @destinationId",
            new { destinationId },
            cancellationToken: cancellationToken));
    }

    public async ValueTask<IReadOnlyList<FundingSourceRow>> ListAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<FundingSourceRow>(new CommandDefinition(
            $"select {Columns} from wallets.funding_source where user_id = @userId and status <> 'removed' order by created_at, id",
            new { userId },
            cancellationToken: cancellationToken))];
    }

    /// <summary>The linked one with this token, or with this provider's id.</summary>
    public async ValueTask<FundingSourceRow?> FindAsync(Guid userId, string provider, string tokenOrMethodId, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QueryFirstOrDefaultAsync<FundingSourceRow>(new CommandDefinition(
            $"""
             select {Columns} from wallets.funding_source
             where user_id = @userId and provider = @provider and status <> 'removed'
                 and (payment_method_token = @tokenOrMethodId or provider_payment_method_id = @tokenOrMethodId)
             order by payment_method_token = @tokenOrMethodId desc
             limit 1
             """,
            new { userId, provider, tokenOrMethodId },
            cancellationToken: cancellationToken));
    }

    /// <summary>How often the user has linked and unlinked this token before.</summary>
    public async ValueTask<long> CountRemovedAsync(Guid userId, string provider, string token, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            select count(*) from wallets.funding_source
            where user_id = @userId and provider = @provider and payment_method_token = @token and status = 'removed'
            """,
            new { userId, provider, token },
            cancellationToken: cancellationToken));
    }

    /// <summary>Adds one, unless the user has the same linked already.</summary>
    /// <returns>Whether it was added.</returns>
    public async ValueTask<bool> AddAsync(FundingSourceRow row, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into wallets.funding_source (
                id, user_id, provider, payment_method_token, provider_payment_method_id, kind, brand, last4, bank_name, fingerprint, status, created_at)
            values (
                @Id, @UserId, @Provider, @PaymentMethodToken, @ProviderPaymentMethodId, @Kind, @Brand, @Last4, @BankName, @Fingerprint, @Status, @CreatedAt)
            on conflict do nothing
            """,
            row,
            cancellationToken: cancellationToken)) == 1;
    }

    /// <summary>From now on no movement can begin with it.</summary>
    public async ValueTask MarkRemovingAsync(Guid id, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update wallets.funding_source set status = 'removing' where id = @id and status = 'active'", new { id }, cancellationToken: cancellationToken));
    }

    public async ValueTask MarkRemovedAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update wallets.funding_source set status = 'removed', removed_at = @at where id = @id and status <> 'removed'",
            new { id, at },
            cancellationToken: cancellationToken));
    }

    public async ValueTask<string?> FindCustomerAsync(Guid userId, string provider, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            "select customer_id from wallets.provider_customer where user_id = @userId and provider = @provider",
            new { userId, provider },
            cancellationToken: cancellationToken));
    }

    /// <summary>Keeps a customer id, unless another call was faster.</summary>
    /// <returns>The one that is kept.</returns>
    public async ValueTask<string> KeepCustomerAsync(
        Guid userId, string provider, string customerId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into wallets.provider_customer (user_id, provider, customer_id, created_at) values (@userId, @provider, @customerId, @at)
            on conflict do nothing
            """,
            new { userId, provider, customerId, at },
            cancellationToken: cancellationToken));
        return await connection.QuerySingleAsync<string>(new CommandDefinition(
            "select customer_id from wallets.provider_customer where user_id = @userId and provider = @provider",
            new { userId, provider },
            cancellationToken: cancellationToken));
    }
}
