-- Timesheet for one week (Mon-Sun across). Each row is a project + task, cells hold hours in
-- quarter hours, a small note can be attached to a cell. Row and column totals. Billable rows have
-- a $ sign, that is decided by the task. Bottom: "Submit week"; the lead approves or rejects it
-- with a reason, and then nothing can be edited any more. Projects belong to a client.

CREATE TABLE employees (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE clients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE projects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id bigint NOT NULL REFERENCES clients (id),
    lead_id bigint NOT NULL REFERENCES employees (id),
    name text NOT NULL,
    UNIQUE (client_id, name)
);

CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name text NOT NULL,
    is_billable boolean NOT NULL DEFAULT true,
    UNIQUE (project_id, name)
);

CREATE TABLE timesheets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employee_id bigint NOT NULL REFERENCES employees (id),
    week_starts_on date NOT NULL CHECK (extract(isodow FROM week_starts_on) = 1),
    status text NOT NULL DEFAULT 'open'
        CHECK (status IN ('open', 'submitted', 'approved', 'rejected')),
    reviewed_by bigint REFERENCES employees (id),
    rejection_reason text,
    UNIQUE (employee_id, week_starts_on),
    CHECK ((status = 'rejected') = (rejection_reason IS NOT NULL))
);

CREATE TABLE time_entries (
    timesheet_id bigint NOT NULL REFERENCES timesheets (id) ON DELETE CASCADE,
    task_id bigint NOT NULL REFERENCES tasks (id),
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    hours numeric(4, 2) NOT NULL CHECK (hours > 0 AND hours <= 24 AND hours % 0.25 = 0),
    note text,
    PRIMARY KEY (timesheet_id, task_id, weekday)
);

COMMENT ON COLUMN time_entries.weekday IS '1 = Monday, 7 = Sunday.';

CREATE INDEX ON projects (lead_id);
CREATE INDEX ON timesheets (reviewed_by);
CREATE INDEX ON time_entries (task_id);
