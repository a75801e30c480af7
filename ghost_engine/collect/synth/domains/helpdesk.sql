CREATE TYPE ticket_status AS ENUM ('new', 'open', 'waiting_on_customer', 'on_hold', 'solved', 'closed');
CREATE TYPE ticket_priority AS ENUM ('low', 'normal', 'high', 'urgent');
CREATE TYPE ticket_channel AS ENUM ('email', 'chat', 'phone', 'web_form', 'social');
CREATE TYPE agent_role AS ENUM ('admin', 'agent', 'light_agent');

CREATE TABLE workspace_settings (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_name text NOT NULL,
    support_email text NOT NULL,
    subdomain text NOT NULL UNIQUE,
    time_zone text NOT NULL DEFAULT 'Europe/Paris',
    business_hours_start time NOT NULL DEFAULT '09:00',
    business_hours_end time NOT NULL DEFAULT '18:00',
    auto_close_days integer NOT NULL DEFAULT 7 CHECK (auto_close_days > 0),
    satisfaction_survey boolean NOT NULL DEFAULT true,
    notify_on_assignment boolean NOT NULL DEFAULT true,
    signature text,
    CHECK (business_hours_end > business_hours_start)
);

CREATE TABLE slas (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    first_response_minutes integer NOT NULL CHECK (first_response_minutes > 0),
    resolution_hours integer NOT NULL CHECK (resolution_hours > 0),
    counts_weekends boolean NOT NULL DEFAULT false
);

CREATE TABLE teams (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    inbox_address text NOT NULL UNIQUE
);

CREATE TABLE agents (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    display_name text NOT NULL,
    email text NOT NULL UNIQUE,
    role agent_role NOT NULL DEFAULT 'agent',
    team_id integer REFERENCES teams (id) ON DELETE SET NULL,
    max_open_tickets integer CHECK (max_open_tickets > 0),
    is_online boolean NOT NULL DEFAULT false,
    last_seen_at timestamptz
);
CREATE INDEX agents_team_id_idx ON agents (team_id);

CREATE TABLE requesters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    organisation text,
    phone text,
    sla_id smallint REFERENCES slas (id),
    notes text
);

CREATE TABLE tickets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    requester_id bigint NOT NULL REFERENCES requesters (id),
    assignee_id integer REFERENCES agents (id) ON DELETE SET NULL,
    team_id integer REFERENCES teams (id),
    merged_into_id bigint REFERENCES tickets (id),
    status ticket_status NOT NULL DEFAULT 'new',
    priority ticket_priority NOT NULL DEFAULT 'normal',
    channel ticket_channel NOT NULL DEFAULT 'email',
    opened_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz,
    solved_at timestamptz,
    satisfaction smallint CHECK (satisfaction BETWEEN 1 AND 5),
    CHECK (solved_at >= opened_at)
);
CREATE INDEX tickets_requester_id_idx ON tickets (requester_id);
CREATE INDEX tickets_queue_idx ON tickets (assignee_id, due_at) WHERE solved_at IS NULL;
COMMENT ON COLUMN tickets.merged_into_id IS 'The ticket that goes on with this conversation';

CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id bigint NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    agent_id integer REFERENCES agents (id) ON DELETE SET NULL,
    body text NOT NULL,
    is_internal boolean NOT NULL DEFAULT false,
    sent_at timestamptz NOT NULL DEFAULT now(),
    attachment_count smallint NOT NULL DEFAULT 0 CHECK (attachment_count >= 0)
);
CREATE INDEX messages_ticket_id_idx ON messages (ticket_id, sent_at);
COMMENT ON COLUMN messages.agent_id IS 'Empty when the requester wrote it';

CREATE TABLE tags (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE ticket_tags (
    ticket_id bigint NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    tag_id integer NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (ticket_id, tag_id)
);

CREATE TABLE canned_replies (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shortcut text NOT NULL UNIQUE,
    title text NOT NULL,
    body text NOT NULL,
    team_id integer REFERENCES teams (id) ON DELETE CASCADE,
    times_used integer NOT NULL DEFAULT 0
);
