CREATE TYPE project_state AS ENUM ('planned', 'active', 'paused', 'done', 'archived');
CREATE TYPE task_status AS ENUM ('backlog', 'todo', 'in_progress', 'review', 'done');
CREATE TYPE priority AS ENUM ('lowest', 'low', 'medium', 'high', 'blocker');
CREATE TYPE member_role AS ENUM ('owner', 'maintainer', 'contributor', 'viewer');

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL UNIQUE,
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    job_title text,
    hourly_rate numeric(8,2) CHECK (hourly_rate >= 0),
    weekly_hours smallint NOT NULL DEFAULT 40 CHECK (weekly_hours BETWEEN 0 AND 60),
    joined_on date
);

CREATE TABLE projects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE CHECK (key ~ '^[A-Z]{2,5}$'),
    name text NOT NULL,
    client text,
    lead_id bigint NOT NULL REFERENCES people (id),
    state project_state NOT NULL DEFAULT 'planned',
    starts_on date,
    ends_on date,
    budget numeric(12,2) CHECK (budget > 0),
    progress smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    is_billable boolean NOT NULL DEFAULT true,
    description text,
    CHECK (ends_on >= starts_on)
);
CREATE INDEX projects_lead_id_idx ON projects (lead_id);
COMMENT ON COLUMN projects.key IS 'Two to five capitals in front of every task number';

CREATE TABLE project_members (
    project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role member_role NOT NULL DEFAULT 'contributor',
    allocation_percent smallint NOT NULL DEFAULT 100 CHECK (allocation_percent BETWEEN 5 AND 100),
    since date NOT NULL DEFAULT CURRENT_DATE,
    PRIMARY KEY (project_id, person_id)
);
CREATE INDEX project_members_person_id_idx ON project_members (person_id);

CREATE TABLE milestones (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    title text NOT NULL,
    due_on date NOT NULL,
    reached_on date,
    UNIQUE (project_id, title)
);

CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    parent_id bigint REFERENCES tasks (id) ON DELETE CASCADE,
    milestone_id bigint REFERENCES milestones (id) ON DELETE SET NULL,
    assignee_id bigint REFERENCES people (id) ON DELETE SET NULL,
    reporter_id bigint NOT NULL REFERENCES people (id),
    number integer NOT NULL,
    title text NOT NULL,
    status task_status NOT NULL DEFAULT 'backlog',
    priority priority NOT NULL DEFAULT 'medium',
    estimate_hours numeric(6,2) CHECK (estimate_hours > 0),
    due_on date,
    completed_at timestamptz,
    description text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project_id, number),
    CHECK (completed_at >= created_at)
);
CREATE INDEX tasks_parent_id_idx ON tasks (parent_id);
CREATE INDEX tasks_assignee_id_idx ON tasks (assignee_id, due_on) WHERE completed_at IS NULL;

CREATE TABLE labels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    color text NOT NULL CHECK (color ~ '^#[0-9a-f]{6}$')
);

CREATE TABLE task_labels (
    task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    label_id bigint NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
    PRIMARY KEY (task_id, label_id)
);
CREATE INDEX task_labels_label_id_idx ON task_labels (label_id);

CREATE TABLE time_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES people (id),
    worked_on date NOT NULL,
    hours numeric(4,2) NOT NULL CHECK (hours > 0 AND hours <= 24),
    note text,
    is_billed boolean NOT NULL DEFAULT false
);
CREATE INDEX time_entries_person_id_idx ON time_entries (person_id, worked_on);

CREATE TABLE comments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    author_id bigint NOT NULL REFERENCES people (id),
    body text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    CHECK (edited_at >= written_at)
);
CREATE INDEX comments_task_id_idx ON comments (task_id);
