-- Staff accounts, their sessions and their tokens.

CREATE TABLE account (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    level_key TEXT,
    unit_code TEXT,
    department_id SMALLINT,
    lang TEXT,
    theme TEXT,
    demo BOOLEAN DEFAULT false NOT NULL,
    must_change BOOLEAN DEFAULT false NOT NULL,
    failed_attempts INTEGER DEFAULT 0 NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_name_key UNIQUE (name),
    CONSTRAINT account_name_check CHECK (name = lower(name) AND length(name) BETWEEN 2 AND 64),
    CONSTRAINT account_role_check CHECK (
        role IN ('wall', 'leader', 'operator', 'handler', 'planner', 'steward', 'auditor', 'admin')
    ),
    CONSTRAINT account_password_hash_check CHECK (password_hash LIKE '$argon2id$%'),
    -- No code means the whole city, so losing half of an area must be impossible.
    CONSTRAINT account_area_check CHECK ((level_key IS NULL) = (unit_code IS NULL)),
    CONSTRAINT account_handler_department_check CHECK (role <> 'handler' OR department_id IS NOT NULL),
    CONSTRAINT account_lang_check CHECK (lang IN ('zh', 'en')),
    CONSTRAINT account_theme_check CHECK (theme IN ('dark', 'light')),
    CONSTRAINT account_department_id_fkey FOREIGN KEY (department_id) REFERENCES department (id)
);

CREATE TABLE login_session (
    selector TEXT NOT NULL,
    digest BYTEA NOT NULL,
    account_id INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rotated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    CONSTRAINT login_session_pkey PRIMARY KEY (selector),
    CONSTRAINT login_session_digest_check CHECK (length(digest) = 32),
    CONSTRAINT login_session_truncated_check CHECK (length(address) <= 64 AND length(user_agent) <= 80),
    CONSTRAINT login_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX login_session_account_id_idx ON login_session (account_id);
CREATE INDEX login_session_expires_at_idx ON login_session (expires_at);

CREATE TABLE api_token (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    selector TEXT NOT NULL,
    digest BYTEA NOT NULL,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT[],
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT api_token_pkey PRIMARY KEY (id),
    CONSTRAINT api_token_selector_key UNIQUE (selector),
    CONSTRAINT api_token_digest_check CHECK (length(digest) = 32),
    CONSTRAINT api_token_name_check CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT api_token_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX api_token_account_id_idx ON api_token (account_id);

-- An account with the current unit that its area stands for. `area_gone`: the area has no current unit; such an account
-- must see nothing, never everything.
CREATE VIEW account_standing AS
SELECT
    account.id, account.name, account.role, account.department_id, account.lang, account.theme, account.demo,
    account.must_change, account.created_at, account.disabled_at, account.locked_until, account.level_key,
    account.unit_code, area.id AS unit_id,
    account.unit_code IS NOT NULL AND area.id IS NULL AS area_gone
FROM account
LEFT JOIN unit AS area
    ON area.level_key = account.level_key
    AND area.code = account.unit_code
    AND area.ended_revision_id IS NULL;
