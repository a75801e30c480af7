-- Incident INC-482: "Checkout latency in eu-west". Badges: severity SEV1-SEV4, state
-- (investigating, identified, monitoring, resolved). Right column: affected services, commander,
-- people involved with their role, started, detected, resolved, minutes to detect. Middle: the
-- timeline, entries with time, author and text, some are posted to the public status page too. Last
-- section: follow-up tasks with an assignee, due date, done tick.

CREATE TYPE incident_state AS ENUM ('investigating', 'identified', 'monitoring', 'resolved');

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE services (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE incidents (
    number integer PRIMARY KEY CHECK (number > 0),
    title text NOT NULL,
    severity smallint NOT NULL CHECK (severity BETWEEN 1 AND 4),
    state incident_state NOT NULL DEFAULT 'investigating',
    commander_id bigint REFERENCES people (id),
    started_at timestamptz NOT NULL,
    detected_at timestamptz NOT NULL,
    resolved_at timestamptz,
    CHECK (detected_at >= started_at),
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);

CREATE TABLE incident_services (
    incident_number integer NOT NULL REFERENCES incidents (number) ON DELETE CASCADE,
    service_id bigint NOT NULL REFERENCES services (id),
    PRIMARY KEY (incident_number, service_id)
);

CREATE TABLE incident_people (
    incident_number integer NOT NULL REFERENCES incidents (number) ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES people (id),
    role text NOT NULL,
    PRIMARY KEY (incident_number, person_id)
);

CREATE TABLE timeline_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_number integer NOT NULL REFERENCES incidents (number) ON DELETE CASCADE,
    author_id bigint NOT NULL REFERENCES people (id),
    body text NOT NULL,
    is_public boolean NOT NULL DEFAULT false,
    written_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE follow_ups (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_number integer NOT NULL REFERENCES incidents (number) ON DELETE CASCADE,
    assignee_id bigint REFERENCES people (id),
    task text NOT NULL,
    due_on date,
    is_done boolean NOT NULL DEFAULT false
);

CREATE INDEX ON incidents (commander_id);
CREATE INDEX ON incident_services (service_id);
CREATE INDEX ON incident_people (person_id);
CREATE INDEX ON timeline_entries (incident_number, written_at);
CREATE INDEX ON timeline_entries (author_id);
CREATE INDEX ON follow_ups (incident_number);
CREATE INDEX ON follow_ups (assignee_id);
