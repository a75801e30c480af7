-- Audit log of a back office, read only.
--
-- When | Who | IP address | Browser | Action (create, update, delete, login, login failed, export) |
-- Object (type + id, links to it) | Changes
--
-- "Changes" unfolds to before / after per field. Filters: date range, user, action, object type. A failed login
-- has no user, only the name that was typed. Kept for two years, several million rows.

CREATE TYPE audit_action AS ENUM (
    'create', 'update', 'delete', 'login', 'login_failed', 'export'
);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL UNIQUE
);

CREATE TABLE audit_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL DEFAULT now(),
    user_id bigint REFERENCES users (id),
    typed_username text,
    ip_address inet NOT NULL,
    user_agent text,
    action audit_action NOT NULL,
    object_type text,
    object_id text,
    changes jsonb,
    CHECK ((action = 'login_failed') = (user_id IS NULL)),
    CHECK ((object_type IS NULL) = (object_id IS NULL))
);

COMMENT ON COLUMN audit_entries.changes IS 'Per field: {"before": ..., "after": ...}.';

CREATE INDEX ON audit_entries (happened_at);
CREATE INDEX ON audit_entries (user_id, happened_at);
CREATE INDEX ON audit_entries (object_type, object_id);
CREATE INDEX ON audit_entries (action, happened_at);
