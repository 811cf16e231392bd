using System.Collections.Immutable;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>An invoice as its row stands.</summary>
/// <param name="Total">Smallest units, as text; so is <paramref name="Credited"/>.</param>
internal sealed record IssuedInvoice(Guid Id, long Number, string Total, string Credited, ImmutableArray<DraftLine> Lines, DateTimeOffset IssuedAt);
