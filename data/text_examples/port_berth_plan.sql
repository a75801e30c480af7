-- Berth planning of a container terminal, a drawing board: the quay in metres runs down, time runs
-- to the right, ships are rectangles as long as the ship. In the rectangle: ship's name, voyage,
-- moves to load and to discharge. Tool-tip: IMO number, length, draught, shipping line, agent,
-- planned arrival and departure, actual arrival and departure, first and last bollard. Cranes are
-- assigned below the rectangle for parts of the stay. Quay sections have a depth.

CREATE TABLE shipping_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE ships (
    imo_number integer PRIMARY KEY CHECK (imo_number BETWEEN 1000000 AND 9999999),
    shipping_line_id bigint NOT NULL REFERENCES shipping_lines (id),
    name text NOT NULL,
    length_m numeric(6, 2) NOT NULL CHECK (length_m > 0),
    draught_m numeric(4, 2) NOT NULL CHECK (draught_m > 0)
);

CREATE TABLE quay_sections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_metre numeric(7, 2) NOT NULL UNIQUE CHECK (from_metre >= 0),
    to_metre numeric(7, 2) NOT NULL,
    depth_m numeric(4, 2) NOT NULL CHECK (depth_m > 0),
    CHECK (to_metre > from_metre)
);

CREATE TABLE bollards (
    number smallint PRIMARY KEY,
    quay_section_id bigint NOT NULL REFERENCES quay_sections (id),
    at_metre numeric(7, 2) NOT NULL UNIQUE
);

CREATE TABLE port_calls (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ship_imo integer NOT NULL REFERENCES ships (imo_number),
    voyage text NOT NULL,
    agent text NOT NULL,
    moves_to_load integer NOT NULL DEFAULT 0 CHECK (moves_to_load >= 0),
    moves_to_discharge integer NOT NULL DEFAULT 0 CHECK (moves_to_discharge >= 0),
    planned_arrival_at timestamptz NOT NULL,
    planned_departure_at timestamptz NOT NULL,
    actual_arrival_at timestamptz,
    actual_departure_at timestamptz,
    first_bollard smallint REFERENCES bollards (number),
    last_bollard smallint REFERENCES bollards (number),
    UNIQUE (ship_imo, voyage),
    CHECK (planned_departure_at > planned_arrival_at),
    CHECK (actual_departure_at > actual_arrival_at)
);

CREATE TABLE cranes (
    number smallint PRIMARY KEY
);

CREATE TABLE crane_assignments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    crane_number smallint NOT NULL REFERENCES cranes (number),
    port_call_id bigint NOT NULL REFERENCES port_calls (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CHECK (ends_at > starts_at)
);

CREATE INDEX ON ships (shipping_line_id);
CREATE INDEX ON bollards (quay_section_id);
CREATE INDEX ON port_calls (planned_arrival_at);
CREATE INDEX ON port_calls (first_bollard);
CREATE INDEX ON port_calls (last_bollard);
CREATE INDEX ON crane_assignments (crane_number, starts_at);
CREATE INDEX ON crane_assignments (port_call_id);
