using Florin.Flows;

namespace Florin.Payments.Subscriptions.Cards;

/// <summary>The declared states and transitions of <c>subscription.card</c>.</summary>
internal static class CardFlow
{
    public const string Kind = "subscription.card";

    public const string Unread = "unread";
    public const string Valid = "valid";
    public const string Expiring = "expiring";
    public const string Expired = "expired";
    public const string Released = "released";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Watches one payment source of a subscription, and says when its card is about to expire. It posts nothing and stops nothing: whether a card is charged is the issuer's decision.",
        [
            new(Unread, IsFinal: false, IsReportable: true, "The provider was not asked yet."),
            new(Valid, IsFinal: false, IsReportable: true, "Can be charged for longer than the notice; read again before anything is said."),
            new(Expiring, IsFinal: false, IsReportable: true, "Expires within the notice."),
            new(Expired, IsFinal: true, IsReportable: true, "Its last day is over."),
            new(Released, IsFinal: true, IsReportable: true, "The subscription has another source or is over, or the source does not expire."),
        ],
        [Unread],
        [
            new(Unread, Valid, CardEvents.Read),
            new(Unread, Expiring, CardEvents.Notice),
            new(Unread, Expired, CardEvents.Expiry),
            new(Unread, Released, CardEvents.Release),
            new(Valid, Valid, CardEvents.Read),
            new(Valid, Expiring, CardEvents.Notice),
            new(Valid, Expired, CardEvents.Expiry),
            new(Valid, Released, CardEvents.Release),
            new(Expiring, Valid, CardEvents.Read),
            new(Expiring, Expired, CardEvents.Expiry),
            new(Expiring, Released, CardEvents.Release),
        ]);
}

/// <summary>The events that change a watch; they are the reasons in its history.</summary>
internal static class CardEvents
{
    /// <summary>The provider said when it expires; networks renew stored cards by themselves.</summary>
    public const string Read = "read";
    public const string Notice = "notice";
    public const string Expiry = "expiry";
    public const string Release = "release";
}
