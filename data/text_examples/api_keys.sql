-- Developer settings, "API keys". Table: name, key (only the prefix sk_live_9f2c and dots; the secret is
-- shown once and kept as a hash), scopes as chips (read:orders, write:orders ...), allowed IP ranges, created,
-- created by, last used at and from which IP, expires, Revoke. A key belongs to a workspace. Names are unique
-- among the keys that are not revoked.

CREATE TABLE workspaces (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL
);

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL
);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL UNIQUE,
    secret_hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL DEFAULT '{}',
    allowed_networks cidr[] NOT NULL DEFAULT '{}',
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    last_used_from inet,
    expires_at timestamptz,
    revoked_at timestamptz,
    CHECK (expires_at > created_at)
);

CREATE UNIQUE INDEX api_keys_unrevoked_name ON api_keys (workspace_id, name)
    WHERE revoked_at IS NULL;
CREATE INDEX ON api_keys (workspace_id);
CREATE INDEX ON api_keys (created_by);
