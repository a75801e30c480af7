-- From: tenant portal feedback. "I reported the dripping tap (flat 4B, 12 Harbour Street) three weeks ago
-- and the page still says 'received'. I cannot see who is coming or when." What the tenant should see on
-- My repairs: a list with reference, room, what is wrong, urgency (emergency, urgent, routine), reported
-- on, status (received, scheduled, in progress, done, refused), contractor with phone number, visit
-- window from - to, photos, and a thread of messages between the tenant and us.

CREATE TYPE repair_status AS ENUM ('received', 'scheduled', 'in_progress', 'done', 'refused');

CREATE TABLE buildings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    address text NOT NULL UNIQUE
);

CREATE TABLE flats (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    building_id bigint NOT NULL REFERENCES buildings (id),
    number text NOT NULL,
    UNIQUE (building_id, number)
);

CREATE TABLE tenants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flat_id bigint NOT NULL REFERENCES flats (id),
    full_name text NOT NULL
);

CREATE TABLE contractors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    phone text NOT NULL
);

CREATE TABLE repairs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    flat_id bigint NOT NULL REFERENCES flats (id),
    tenant_id bigint NOT NULL REFERENCES tenants (id),
    contractor_id bigint REFERENCES contractors (id),
    room text,
    problem text NOT NULL,
    urgency text NOT NULL CHECK (urgency IN ('emergency', 'urgent', 'routine')),
    status repair_status NOT NULL DEFAULT 'received',
    reported_at timestamptz NOT NULL DEFAULT now(),
    visit_from timestamptz,
    visit_to timestamptz,
    CHECK (visit_to > visit_from)
);

CREATE TABLE repair_photos (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repair_id bigint NOT NULL REFERENCES repairs (id) ON DELETE CASCADE,
    url text NOT NULL
);

CREATE TABLE repair_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repair_id bigint NOT NULL REFERENCES repairs (id) ON DELETE CASCADE,
    is_from_tenant boolean NOT NULL,
    body text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON tenants (flat_id);
CREATE INDEX ON repairs (flat_id);
CREATE INDEX ON repairs (tenant_id, reported_at);
CREATE INDEX ON repairs (contractor_id);
CREATE INDEX ON repair_photos (repair_id);
CREATE INDEX ON repair_messages (repair_id, sent_at);
