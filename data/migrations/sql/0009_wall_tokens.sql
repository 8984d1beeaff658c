-- Tokens of wall displays; who an account is at the provider of single sign-on.

CREATE TABLE wall_token (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    selector TEXT NOT NULL,
    digest BYTEA NOT NULL,
    account_id INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_seen_at TIMESTAMP WITH TIME ZONE,
    address TEXT DEFAULT '' NOT NULL,
    CONSTRAINT wall_token_pkey PRIMARY KEY (id),
    CONSTRAINT wall_token_selector_key UNIQUE (selector),
    CONSTRAINT wall_token_digest_check CHECK (length(digest) = 32),
    CONSTRAINT wall_token_address_check CHECK (length(address) <= 64),
    CONSTRAINT wall_token_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX wall_token_account_id_idx ON wall_token (account_id);

-- A session that a display got for its token: it ends with the token, not after a sign-in's usual time.
ALTER TABLE login_session ADD COLUMN wall_token_id INTEGER;
ALTER TABLE login_session
    ADD CONSTRAINT login_session_wall_token_id_fkey
    FOREIGN KEY (wall_token_id) REFERENCES wall_token (id) ON DELETE CASCADE;
CREATE INDEX login_session_wall_token_id_idx ON login_session (wall_token_id);

CREATE TABLE login_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    by_claims BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT login_identity_pkey PRIMARY KEY (issuer, subject),
    CONSTRAINT login_identity_length_check CHECK (length(issuer) <= 500 AND length(subject) <= 255),
    CONSTRAINT login_identity_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX login_identity_account_id_idx ON login_identity (account_id);

-- Sign-ins that a browser began and the provider has not answered yet; a row can be taken once.
CREATE TABLE login_flow (
    selector TEXT NOT NULL,
    digest BYTEA NOT NULL,
    next_path TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT login_flow_pkey PRIMARY KEY (selector),
    CONSTRAINT login_flow_digest_check CHECK (length(digest) = 32),
    CONSTRAINT login_flow_next_path_check CHECK (length(next_path) <= 2000)
);
CREATE INDEX login_flow_expires_at_idx ON login_flow (expires_at);

-- The areas that an account can have. Like account_standing it reads with the rights of its owner: codes of units and
-- nothing else, for a role that may not read units.
CREATE VIEW account_area AS
SELECT unit.id, unit.level_key, unit.code, unit.name, unit.name_en, level.rank
FROM unit
JOIN level ON level.key = unit.level_key
WHERE unit.ended_revision_id IS NULL;

-- Keys of accounts: only the role that checks them reaches the tables at all, and it sees every row, because it asks
-- before anybody is known. So there is no policy that could tell rows apart.
GRANT SELECT, INSERT, UPDATE, DELETE ON wall_token, login_identity, login_flow TO minqing_auth;
GRANT SELECT ON account_area TO minqing_auth;
