-- Week calendar in the members' area of a gym: each class block has a name (Spin, Yoga Flow), the
-- trainer, the studio, start, length in minutes and "9 / 14" for places taken. Members book with one
-- click, or join the waiting list when it is full; the list keeps its order. They may cancel. After class
-- the trainer ticks who came.

CREATE TABLE class_types (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE trainers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE studios (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE class_sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class_type_id bigint NOT NULL REFERENCES class_types (id),
    trainer_id bigint NOT NULL REFERENCES trainers (id),
    studio_id bigint NOT NULL REFERENCES studios (id),
    starts_at timestamptz NOT NULL,
    duration_minutes smallint NOT NULL CHECK (duration_minutes > 0),
    capacity smallint NOT NULL CHECK (capacity > 0),
    UNIQUE (studio_id, starts_at),
    UNIQUE (trainer_id, starts_at)
);

CREATE TABLE class_bookings (
    class_session_id bigint NOT NULL REFERENCES class_sessions (id),
    member_id bigint NOT NULL REFERENCES members (id),
    status text NOT NULL DEFAULT 'booked' CHECK (status IN ('booked', 'waiting', 'cancelled')),
    booked_at timestamptz NOT NULL DEFAULT now(),
    attended boolean,
    PRIMARY KEY (class_session_id, member_id)
);

CREATE INDEX ON class_sessions (class_type_id);
CREATE INDEX ON class_sessions (starts_at);
CREATE INDEX ON class_bookings (member_id);
CREATE INDEX ON class_bookings (class_session_id, booked_at) WHERE status = 'waiting';
