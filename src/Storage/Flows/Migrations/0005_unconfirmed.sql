-- The flows whose cancellation at a provider is not confirmed: listed beside the unknown ones when it takes too long. The others are not in it.
create index flow_unconfirmed on flows.flow (created_at) where state in ('expiring', 'canceling');
