namespace Florin.Providers.Stripe;

/// <summary>Reads Stripe's list of events forwards, although Stripe lists it backwards.</summary>
/// <remarks>
/// <c>ending_before=X</c> gives the page that lies directly before X in the list, that is the events directly after X in time; turned round it is the
/// next page forwards. Without a cursor the oldest event must be found first: Stripe keeps events for 30 days, which may be a great many, so it is found
/// by halving the time, not by paging through all.
/// </remarks>
internal sealed class StripeEventFeed(StripeList list, StripeOutcomes outcomes)
{
    private const string Operation = "list_events";
    private const string Path = "/v1/events";

    /// <summary>Requests that the search for the oldest event may take: halving the 68 years that 31 bits of seconds hold takes 31, walking one second the rest.</summary>
    private const int RequestsMax = 80;

    /// <summary>The first span that is looked back over, in seconds: what Stripe keeps, and a day.</summary>
    private const long FirstSpanSeconds = 31 * 24 * 60 * 60;

    public async ValueTask<ProviderLookup<ProviderEventPage>> ListAsync(string? cursor, CancellationToken cancellationToken)
    {
        if (cursor is not null && !StripeIds.IsEvent(cursor))
        {
            return outcomes.Unavailable<ProviderEventPage>(Operation, "the cursor is not an event's id");
        }

        ProviderLookup<StripePage<ProviderEvent>> answer = cursor is null
            ? await OldestAsync(cancellationToken)
            : await PageAsync(query => query.Add("ending_before", cursor), cancellationToken);
        if (cursor is not null && answer is ProviderLookup<StripePage<ProviderEvent>>.NotFound)
        {
            // Nobody pulled for longer than events are kept: from the oldest again; what is there already has no effect.
            answer = await OldestAsync(cancellationToken);
        }

        return answer switch
        {
            ProviderLookup<StripePage<ProviderEvent>>.Found { Value: { } page } => outcomes.Found(
                Operation, new ProviderEventPage([.. page.Items.Reverse()], page.FirstId ?? cursor, page.HasMore)),
            ProviderLookup<StripePage<ProviderEvent>>.Unavailable { Reason: { } reason } => outcomes.Unavailable<ProviderEventPage>(Operation, reason),
            _ => outcomes.Unavailable<ProviderEventPage>(Operation, "the cursor's event is no longer kept"),
        };
    }

    /// <summary>The page of the oldest events. Its <c>HasMore</c> says whether newer ones follow.</summary>
    private async ValueTask<ProviderLookup<StripePage<ProviderEvent>>> OldestAsync(CancellationToken cancellationToken)
    {
        ProviderLookup<StripePage<ProviderEvent>> answer = await PageAsync(query => query, cancellationToken);
        if (answer is not ProviderLookup<StripePage<ProviderEvent>>.Found { Value: { HasMore: true } newest })
        {
            return answer;
        }

        // Invariant: an event was made at or before `some`; none is known to be at or before `none`.
        long some = Oldest(newest);
        long span = FirstSpanSeconds;
        long none = long.MinValue;
        for (int requests = 1; requests < RequestsMax; requests++)
        {
            if (some - 1 == none)
            {
                return await EndOfSecondAsync(some, RequestsMax - requests, cancellationToken);
            }

            long until = none == long.MinValue ? Math.Max(0, some - span) : none + ((some - none) / 2);
            answer = await PageAsync(query => query.Add("created[lte]", until), cancellationToken);
            if (answer is not ProviderLookup<StripePage<ProviderEvent>>.Found { Value: { } page })
            {
                return answer;
            }

            if (page.Items.Count == 0)
            {
                none = until;
            }
            else if (!page.HasMore)
            {
                return new ProviderLookup<StripePage<ProviderEvent>>.Found(page with { HasMore = true });
            }
            else
            {
                some = Oldest(page);
                span *= 2;
            }
        }

        return TooMany();
    }

    /// <summary>Walks to the end of the list of one second's events, the oldest second.</summary>
    private async ValueTask<ProviderLookup<StripePage<ProviderEvent>>> EndOfSecondAsync(long second, int requestsMax, CancellationToken cancellationToken)
    {
        string? after = null;
        for (int requests = 0; requests < requestsMax; requests++)
        {
            ProviderLookup<StripePage<ProviderEvent>> answer = await PageAsync(
                query => after is null ? query.Add("created[lte]", second) : query.Add("created[lte]", second).Add("starting_after", after), cancellationToken);
            if (answer is not ProviderLookup<StripePage<ProviderEvent>>.Found { Value: { } page })
            {
                return answer;
            }

            if (!page.HasMore)
            {
                return new ProviderLookup<StripePage<ProviderEvent>>.Found(page with { HasMore = true });
            }

            after = page.LastId;
        }

        return TooMany();
    }

    private ValueTask<ProviderLookup<StripePage<ProviderEvent>>> PageAsync(Func<StripeForm, StripeForm> filter, CancellationToken cancellationToken)
        => list.PageAsync(
            "list_events_page",
            Path,
            filter(new StripeForm().Add("limit", StripeList.PageMax)),
            json => StripeObjects.Event(json, json.GetRawText()),
            cancellationToken);

    private static ProviderLookup<StripePage<ProviderEvent>> TooMany()
        => new ProviderLookup<StripePage<ProviderEvent>>.Unavailable($"the oldest event was not found within {RequestsMax} requests");

    private static long Oldest(StripePage<ProviderEvent> page) => page.Items[^1].CreatedAt.ToUnixTimeSeconds();
}
