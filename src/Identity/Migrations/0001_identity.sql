-- Users, their sessions, the keys that sign their tokens, and API keys.
-- No column holds a password, a token or a key that could be presented: hashes, and one encrypted private key.

CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO florin_app;

CREATE TABLE identity.user_account (
    id               uuid        PRIMARY KEY,
    email            text        NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    -- The e-mail as it is compared. The check keeps a second writer from inserting a spelling that the unique index cannot see.
    email_normalized text        NOT NULL UNIQUE CHECK (email_normalized = lower(email)),
    password_hash    text        NOT NULL,
    name             text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind             text        NOT NULL CHECK (kind IN ('person', 'business')),
    -- Changes with whatever must end every session of the user (a new password); sessions carry the stamp that they began with.
    security_stamp   uuid        NOT NULL,
    created_at       timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE (password_hash) ON identity.user_account TO florin_app;

-- Failed logins by e-mail, known or not, so that a lock-out does not tell which e-mails exist. The e-mail is kept as an HMAC:
-- what a stranger types is nobody's consent to be stored.
CREATE TABLE identity.login_throttle (
    email_hmac        bytea       PRIMARY KEY CHECK (length(email_hmac) = 32),
    failures          integer     NOT NULL CHECK (failures >= 0),
    window_started_at timestamptz NOT NULL,
    lock_outs         integer     NOT NULL CHECK (lock_outs >= 0),
    locked_until      timestamptz,
    last_failure_at   timestamptz NOT NULL
);
CREATE INDEX login_throttle_last_failure_at ON identity.login_throttle (last_failure_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.login_throttle TO florin_app;

-- A login: the family of its refresh tokens.
CREATE TABLE identity.session (
    id             uuid        PRIMARY KEY,
    user_id        uuid        NOT NULL REFERENCES identity.user_account (id),
    security_stamp uuid        NOT NULL,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoked_for    text        CHECK (revoked_for IN ('logout', 'reuse')),
    CHECK ((revoked_at IS NULL) = (revoked_for IS NULL))
);
CREATE INDEX session_user_id ON identity.session (user_id);
GRANT SELECT, INSERT, UPDATE (revoked_at, revoked_for) ON identity.session TO florin_app;

CREATE TABLE identity.refresh_token (
    token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
    session_id uuid        NOT NULL REFERENCES identity.session (id),
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > issued_at),
    used_at    timestamptz
);
-- A session has one live refresh token, whatever races.
CREATE UNIQUE INDEX refresh_token_one_unused ON identity.refresh_token (session_id) WHERE used_at IS NULL;
GRANT SELECT, INSERT, UPDATE (used_at) ON identity.refresh_token TO florin_app;

CREATE TABLE identity.signing_key (
    -- Order of making: two keys of one instant still have a newest.
    number      bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    kid         text        PRIMARY KEY CHECK (length(kid) = 43),
    -- SubjectPublicKeyInfo, DER.
    public_key  bytea       NOT NULL,
    -- PKCS#8 under AES-256-GCM, bound to the kid: version (1) | nonce (12) | tag (16) | ciphertext.
    private_key bytea       NOT NULL CHECK (length(private_key) > 29),
    created_at  timestamptz NOT NULL,
    -- From this instant the key verifies nothing; it may lie in the future.
    retired_at  timestamptz
);
GRANT SELECT, INSERT, UPDATE (retired_at) ON identity.signing_key TO florin_app;

CREATE TABLE identity.api_key (
    id              uuid        PRIMARY KEY,
    name            text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    prefix          text        NOT NULL UNIQUE CHECK (prefix ~ '^flk_[0-9a-f]{12}$'),
    -- SHA-256 of the whole text: 256 random bits need no salt and no stretching.
    secret_hash     bytea       NOT NULL CHECK (length(secret_hash) = 32),
    last_four       text        NOT NULL CHECK (length(last_four) = 4),
    scopes          text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    source_networks text[]      NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by      text        NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz
);
GRANT SELECT, INSERT, UPDATE (revoked_at) ON identity.api_key TO florin_app;
