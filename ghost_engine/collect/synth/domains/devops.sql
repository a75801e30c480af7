CREATE TYPE service_tier AS ENUM ('critical', 'important', 'internal');
CREATE TYPE deployment_status AS ENUM ('queued', 'running', 'succeeded', 'failed', 'rolled_back');
CREATE TYPE incident_severity AS ENUM ('sev1', 'sev2', 'sev3', 'sev4');
CREATE TYPE incident_status AS ENUM ('triggered', 'acknowledged', 'mitigated', 'resolved', 'postmortem');

CREATE TABLE workspace_settings (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]+$'),
    display_name text NOT NULL,
    billing_email text NOT NULL,
    default_branch text NOT NULL DEFAULT 'main',
    require_approval boolean NOT NULL DEFAULT true,
    freeze_on_weekends boolean NOT NULL DEFAULT false,
    enforce_sso boolean NOT NULL DEFAULT false,
    log_retention_days integer NOT NULL DEFAULT 30 CHECK (log_retention_days BETWEEN 1 AND 3650),
    deploy_window_starts_at time,
    deploy_window_ends_at time,
    integrations jsonb NOT NULL DEFAULT '{}',
    CHECK (deploy_window_ends_at > deploy_window_starts_at)
);

CREATE TABLE teams (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]+$'),
    name text NOT NULL UNIQUE,
    chat_channel text,
    mission text
);

CREATE TABLE engineers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL UNIQUE,
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    team_id text REFERENCES teams (id) ON DELETE SET NULL,
    phone text,
    is_admin boolean NOT NULL DEFAULT false,
    last_seen_at timestamptz
);
CREATE INDEX engineers_team_id_idx ON engineers (team_id);

CREATE TABLE environments (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]+$'),
    region text NOT NULL,
    cluster_address inet NOT NULL,
    is_production boolean NOT NULL DEFAULT false,
    is_locked boolean NOT NULL DEFAULT false,
    sort_order smallint NOT NULL DEFAULT 0
);

CREATE TABLE services (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]+$'),
    team_id text NOT NULL REFERENCES teams (id),
    description text,
    tier service_tier NOT NULL DEFAULT 'important',
    runtime text NOT NULL,
    repository_url text,
    labels text[] NOT NULL DEFAULT '{}',
    slo_percent numeric(5,2) CHECK (slo_percent BETWEEN 90 AND 100),
    monthly_cost numeric(10,2) CHECK (monthly_cost >= 0),
    is_deprecated boolean NOT NULL DEFAULT false
);
CREATE INDEX services_team_id_idx ON services (team_id);
COMMENT ON TABLE services IS 'One deployable unit with one owning team';

CREATE TABLE service_dependencies (
    service_id text NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    depends_on_id text NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    is_hard boolean NOT NULL DEFAULT true,
    PRIMARY KEY (service_id, depends_on_id),
    CHECK (service_id <> depends_on_id)
);
CREATE INDEX service_dependencies_depends_on_id_idx ON service_dependencies (depends_on_id);

CREATE TABLE deployments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service_id text NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    environment_id text NOT NULL REFERENCES environments (id),
    version text NOT NULL,
    commit_hash text NOT NULL CHECK (length(commit_hash) BETWEEN 7 AND 40),
    status deployment_status NOT NULL DEFAULT 'queued',
    deployed_by_id bigint REFERENCES engineers (id) ON DELETE SET NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    took interval,
    changelog text
);
CREATE INDEX deployments_service_id_idx ON deployments (service_id, started_at DESC);
CREATE INDEX deployments_environment_id_idx ON deployments (environment_id, started_at DESC);

CREATE TABLE incidents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    title text NOT NULL,
    service_id text NOT NULL REFERENCES services (id),
    caused_by_id bigint REFERENCES deployments (id) ON DELETE SET NULL,
    commander_id bigint REFERENCES engineers (id) ON DELETE SET NULL,
    severity incident_severity NOT NULL,
    status incident_status NOT NULL DEFAULT 'triggered',
    customers_affected integer NOT NULL DEFAULT 0 CHECK (customers_affected >= 0),
    triggered_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    root_cause text,
    CHECK (resolved_at > triggered_at)
);
CREATE INDEX incidents_service_id_idx ON incidents (service_id);
CREATE INDEX incidents_open_idx ON incidents (triggered_at DESC) WHERE resolved_at IS NULL;

CREATE TABLE incident_updates (
    incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    posted_at timestamptz NOT NULL,
    author_id bigint NOT NULL REFERENCES engineers (id),
    message text NOT NULL,
    is_public boolean NOT NULL DEFAULT false,
    PRIMARY KEY (incident_id, posted_at)
);

CREATE TABLE on_call_shifts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id text NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    engineer_id bigint NOT NULL REFERENCES engineers (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    escalation_level smallint NOT NULL DEFAULT 1 CHECK (escalation_level BETWEEN 1 AND 3),
    CHECK (ends_at > starts_at)
);
CREATE INDEX on_call_shifts_team_id_idx ON on_call_shifts (team_id, starts_at);
CREATE INDEX on_call_shifts_engineer_id_idx ON on_call_shifts (engineer_id);

CREATE TABLE feature_flags (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9_.-]+$'),
    service_id text NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    description text,
    owner_id bigint NOT NULL REFERENCES engineers (id),
    is_enabled boolean NOT NULL DEFAULT false,
    rollout_percent smallint NOT NULL DEFAULT 0 CHECK (rollout_percent BETWEEN 0 AND 100),
    expires_on date,
    last_changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX feature_flags_service_id_idx ON feature_flags (service_id);
