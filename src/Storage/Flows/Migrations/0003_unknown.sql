-- The queue of flows whose outcome is unknown, oldest first. The others are not in it, so that it stays small.
create index flow_unknown on flows.flow (updated_at, id) where state = 'unknown';
