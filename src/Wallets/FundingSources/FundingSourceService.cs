using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Wallets.FundingSources;

/// <summary>Links and unlinks cards and bank accounts. No money moves, so that every step may simply be repeated.</summary>
internal sealed class FundingSourceService(FundingSourceStore store, IPaymentProvider provider, IdSource ids, TimeProvider timeProvider)
{
    private static readonly TimeSpan RetryAfterDefault = TimeSpan.FromSeconds(2);

    public async ValueTask<FundingSourceOutcome> AddAsync(Guid userId, string token, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(userId, provider.Name, token, cancellationToken) is { } known)
        {
            return Known(known);
        }

        return await CustomerAsync(userId, cancellationToken) switch
        {
            ProviderOutcome<string>.Accepted customer => await AttachAsync(userId, token, customer.Value, cancellationToken),
            ProviderOutcome<string>.Declined declined => new FundingSourceOutcome.Declined(OutsideEvidence.Code(declined.Code)),
            ProviderOutcome<string>.Unknown => new FundingSourceOutcome.ProviderUnavailable(RetryAfterDefault),
            ProviderOutcome<string>.NotSent notSent => new FundingSourceOutcome.ProviderUnavailable(notSent.RetryAfter ?? RetryAfterDefault),
            _ => throw new UnreachableException(),
        };
    }

    public async ValueTask<ImmutableArray<FundingSource>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(userId, cancellationToken)).Select(row => row.ToContract())];

    public async ValueTask<FundingSource?> GetAsync(Guid userId, Guid id, CancellationToken cancellationToken) =>
        (await store.GetAsync(userId, id, cancellationToken))?.ToContract();

    public async ValueTask<FundingSourceOutcome> RemoveAsync(Guid userId, Guid id, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(userId, id, cancellationToken) is not { } row)
        {
            return new FundingSourceOutcome.NotFound();
        }

        await store.MarkRemovingAsync(row.Id, cancellationToken);
        if (row.Kind == FundingSourceKinds.Paypal)
        {
            // The provider was never told of it.
            await store.MarkRemovedAsync(row.Id, timeProvider.GetUtcNow(), cancellationToken);
            return new FundingSourceOutcome.Done(row.ToContract());
        }

        string key = $"florin:detach:{row.Id}:{KeyAge()}";
        switch (await provider.DetachPaymentMethodAsync(row.ProviderPaymentMethodId, key, cancellationToken))
        {
            // Declined: the provider has it no more, which is what is wanted; a live one is always let go.
            case ProviderOutcome<ProviderPaymentMethod>.Accepted or ProviderOutcome<ProviderPaymentMethod>.Declined:
                await store.MarkRemovedAsync(row.Id, timeProvider.GetUtcNow(), cancellationToken);
                return new FundingSourceOutcome.Done(row.ToContract());
            case ProviderOutcome<ProviderPaymentMethod>.NotSent notSent:
                return new FundingSourceOutcome.ProviderUnavailable(notSent.RetryAfter ?? RetryAfterDefault);
            default:
                return new FundingSourceOutcome.ProviderUnavailable(RetryAfterDefault);
        }
    }

    /// <summary>The user's customer at the provider, made at the first need. Calls at the same moment use one idempotency key and get one customer.</summary>
    private async ValueTask<ProviderOutcome<string>> CustomerAsync(Guid userId, CancellationToken cancellationToken)
    {
        if (await store.FindCustomerAsync(userId, provider.Name, cancellationToken) is { } known)
        {
            return new ProviderOutcome<string>.Accepted(known);
        }

        CustomerRequest request = new(userId.ToString("D"), $"florin:customer:{userId:D}:{KeyAge()}");
        ProviderOutcome<string> outcome = await provider.CreateCustomerAsync(request, cancellationToken);
        return outcome is ProviderOutcome<string>.Accepted accepted
            ? new ProviderOutcome<string>.Accepted(
                await store.KeepCustomerAsync(userId, provider.Name, accepted.Value, timeProvider.GetUtcNow(), cancellationToken))
            : outcome;
    }

    private async ValueTask<FundingSourceOutcome> AttachAsync(Guid userId, string token, string customerId, CancellationToken cancellationToken)
    {
        // A token that was linked and unlinked before is another attempt: the provider would answer the old key with the old, unlinked method.
        long generation = await store.CountRemovedAsync(userId, provider.Name, token, cancellationToken);
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)).AsSpan(0, 16));
        string key = $"florin:attach:{userId:D}:{digest}:{generation}:{KeyAge()}";
        return await provider.AttachPaymentMethodAsync(token, customerId, key, cancellationToken) switch
        {
            ProviderOutcome<ProviderPaymentMethod>.Accepted accepted => await KeepAsync(userId, token, accepted.Value, cancellationToken),
            ProviderOutcome<ProviderPaymentMethod>.Declined declined => new FundingSourceOutcome.Declined(OutsideEvidence.Code(declined.Code)),
            ProviderOutcome<ProviderPaymentMethod>.Unknown => new FundingSourceOutcome.ProviderUnavailable(RetryAfterDefault),
            ProviderOutcome<ProviderPaymentMethod>.NotSent notSent =>
                new FundingSourceOutcome.ProviderUnavailable(notSent.RetryAfter ?? RetryAfterDefault),
            _ => throw new UnreachableException(),
        };
    }

    private async ValueTask<FundingSourceOutcome> KeepAsync(
        Guid userId, string token, ProviderPaymentMethod method, CancellationToken cancellationToken)
    {
        FundingSourceRow row = new()
        {
            Id = ids.NextId(),
            UserId = userId,
            Provider = provider.Name,
            PaymentMethodToken = token,
            ProviderPaymentMethodId = method.Id,
            Kind = method.Kind == PaymentMethodKind.Card ? FundingSourceKinds.Card : FundingSourceKinds.BankAccount,
            Brand = method.Brand,
            Last4 = method.Last4,
            BankName = method.BankName,
            Fingerprint = method.Fingerprint,
            Status = FundingSourceStatus.Active,
            CreatedAt = timeProvider.GetUtcNow(),
        };
        if (await store.AddAsync(row, cancellationToken))
        {
            return new FundingSourceOutcome.Done(row.ToContract());
        }

        FundingSourceRow? other = await store.FindAsync(userId, provider.Name, token, cancellationToken)
            ?? await store.FindAsync(userId, provider.Name, method.Id, cancellationToken);

        // Gone again in between: the next repeat links it anew.
        return other is null ? new FundingSourceOutcome.ProviderUnavailable(RetryAfterDefault) : Known(other);
    }

    /// <summary>
    /// The minute, as a part of keys: calls at the same moment share a key, and an error that the provider keeps under a key does not stand in the way
    /// of a repeat for a day. A second customer or link that this leaves at the provider holds nothing and is used by nobody.
    /// </summary>
    private long KeyAge() => timeProvider.GetUtcNow().ToUnixTimeSeconds() / 60;

    /// <summary>One that is being unlinked must first be gone, before it can be linked again.</summary>
    private static FundingSourceOutcome Known(FundingSourceRow row) => row.IsActive
        ? new FundingSourceOutcome.AlreadyLinked(row.ToContract())
        : new FundingSourceOutcome.ProviderUnavailable(RetryAfterDefault);
}
