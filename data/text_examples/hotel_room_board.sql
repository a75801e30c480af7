-- +----------------+----+----+----+----+----+----+----+
-- | March          | 03 | 04 | 05 | 06 | 07 | 08 | 09 |
-- +----------------+----+----+----+----+----+----+----+
-- | 101  Double    |[== Lindqvist (2) ==]|    |[= Okafor
-- | 102  Double    |    |[=== Marchetti (1) ==]|    |
-- | 103  Single    | out of order: boiler    |    |    |
-- | 201  Suite     |              |[== Sato (3) =======]
-- +----------------+----+----+----+----+----+----+----+
--
-- Bars are stays, the number in brackets is how many guests. Hovering shows arrival, departure, rate
-- per night, the guest's e-mail and whether they have checked in or out. Grey bars block a room with a
-- reason. Two stays must never overlap in the same room (departure day = next arrival day is fine).

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE room_types (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE rooms (
    number text PRIMARY KEY,
    room_type_id bigint NOT NULL REFERENCES room_types (id)
);

CREATE TABLE guests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    last_name text NOT NULL,
    email text
);

CREATE TABLE stays (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_number text NOT NULL REFERENCES rooms (number),
    guest_id bigint NOT NULL REFERENCES guests (id),
    arrives_on date NOT NULL,
    departs_on date NOT NULL,
    guest_count smallint NOT NULL DEFAULT 1 CHECK (guest_count > 0),
    rate_per_night numeric(10, 2) NOT NULL CHECK (rate_per_night >= 0),
    checked_in_at timestamptz,
    checked_out_at timestamptz,
    CHECK (departs_on > arrives_on),
    CHECK (checked_out_at > checked_in_at),
    EXCLUDE USING gist (room_number WITH =, daterange(arrives_on, departs_on) WITH &&)
);

CREATE TABLE room_blocks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_number text NOT NULL REFERENCES rooms (number),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    reason text NOT NULL,
    CHECK (ends_on >= starts_on)
);

CREATE INDEX ON rooms (room_type_id);
CREATE INDEX ON stays (room_number, arrives_on);
CREATE INDEX ON stays (guest_id);
CREATE INDEX ON room_blocks (room_number, starts_on);
