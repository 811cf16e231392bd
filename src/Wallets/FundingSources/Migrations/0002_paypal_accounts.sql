-- PayPal accounts to pay out to. Of them provider_payment_method_id is the account's id or its e-mail address, which is personal: it is told to PayPal at each
-- payout and kept nowhere else; payment_method_token is the row's own id. A row that is removed keeps it, for payouts that are under way.

alter table wallets.funding_source drop constraint funding_source_kind_check;
alter table wallets.funding_source add constraint funding_source_kind_check check (kind in ('card', 'bank_account', 'paypal'));
alter table wallets.funding_source add constraint funding_source_paypal check ((kind = 'paypal') = (provider = 'paypal'));
