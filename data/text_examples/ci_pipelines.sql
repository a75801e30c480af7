-- Pipelines of a repository. One row each: status icon, #number, branch, short commit hash with the first
-- line of the message, author, trigger (push, pull request, schedule, manual), started "4 min ago",
-- duration. Expanding shows stages left to right and jobs inside: name, runner, status, duration, exit
-- code, "allowed to fail". Failed jobs have a Retry button, each attempt is kept. Artifacts of a job: file
-- name, size, expires in. Filter by branch and status.

CREATE TYPE run_status AS ENUM (
    'queued', 'running', 'passed', 'failed', 'cancelled', 'skipped'
);

CREATE TABLE repositories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL UNIQUE
);

CREATE TABLE commits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{40}$'),
    message text NOT NULL,
    author text NOT NULL,
    UNIQUE (repository_id, hash),
    UNIQUE (id, repository_id)
);

CREATE TABLE pipelines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    commit_id bigint NOT NULL,
    branch text NOT NULL,
    triggered_by text NOT NULL
        CHECK (triggered_by IN ('push', 'pull_request', 'schedule', 'manual')),
    status run_status NOT NULL DEFAULT 'queued',
    started_at timestamptz,
    finished_at timestamptz,
    UNIQUE (repository_id, number),
    FOREIGN KEY (commit_id, repository_id) REFERENCES commits (id, repository_id),
    CHECK (finished_at >= started_at)
);

CREATE TABLE stages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline_id bigint NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    name text NOT NULL,
    UNIQUE (pipeline_id, position)
);

CREATE TABLE runners (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage_id bigint NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    name text NOT NULL,
    attempt smallint NOT NULL DEFAULT 1 CHECK (attempt > 0),
    runner_id bigint REFERENCES runners (id),
    status run_status NOT NULL DEFAULT 'queued',
    exit_code smallint,
    may_fail boolean NOT NULL DEFAULT false,
    started_at timestamptz,
    finished_at timestamptz,
    UNIQUE (stage_id, name, attempt),
    CHECK (finished_at >= started_at)
);

CREATE TABLE artifacts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    file_name text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    expires_at timestamptz,
    UNIQUE (job_id, file_name)
);

CREATE INDEX ON pipelines (commit_id, repository_id);
CREATE INDEX ON pipelines (repository_id, branch, status);
CREATE INDEX ON jobs (runner_id);
