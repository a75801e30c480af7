-- Settings > Feature flags. Left: project. A flag has a key (new-checkout), a description, tags, an
-- owner and "temporary, remove by <date>" or permanent. One tab an environment (development,
-- staging, production) with a main switch, a rollout percentage slider and ordered rules: "if
-- <attribute> <is / is not / contains / starts with> <values> then on / off". Every switch shows
-- "turned on by Ines, 3 days ago".

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL
);

CREATE TABLE projects (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);

CREATE TABLE flags (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    key text NOT NULL CHECK (key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    description text,
    tags text[] NOT NULL DEFAULT '{}',
    owner_id uuid NOT NULL REFERENCES users (id),
    remove_by date,
    UNIQUE (project_id, key)
);

CREATE TABLE flag_states (
    flag_id uuid NOT NULL REFERENCES flags (id) ON DELETE CASCADE,
    environment text NOT NULL CHECK (environment IN ('development', 'staging', 'production')),
    is_on boolean NOT NULL DEFAULT false,
    rollout_percent smallint NOT NULL DEFAULT 100 CHECK (rollout_percent BETWEEN 0 AND 100),
    changed_by uuid REFERENCES users (id),
    changed_at timestamptz,
    PRIMARY KEY (flag_id, environment)
);

CREATE TABLE flag_rules (
    flag_id uuid NOT NULL,
    environment text NOT NULL,
    position smallint NOT NULL CHECK (position > 0),
    attribute text NOT NULL,
    operator text NOT NULL CHECK (operator IN ('is', 'is_not', 'contains', 'starts_with')),
    compared_values text[] NOT NULL CHECK (cardinality(compared_values) > 0),
    then_on boolean NOT NULL,
    PRIMARY KEY (flag_id, environment, position),
    FOREIGN KEY (flag_id, environment)
        REFERENCES flag_states (flag_id, environment) ON DELETE CASCADE
);

COMMENT ON COLUMN flags.remove_by IS 'Empty for a permanent flag.';

CREATE INDEX ON flags (owner_id);
CREATE INDEX ON flag_states (changed_by);
