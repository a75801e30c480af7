-- Short link, long link, who made it, clicks per day as a sparkline.
-- Links can be switched off.

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE links (
    code text PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9]+$'),
    target_url text NOT NULL,
    created_by bigint NOT NULL REFERENCES users (id),
    is_active boolean NOT NULL DEFAULT true
);

CREATE TABLE link_clicks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL REFERENCES links (code) ON DELETE CASCADE,
    clicked_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON links (created_by);
CREATE INDEX ON link_clicks (code, clicked_at);
