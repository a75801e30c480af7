-- Display at a tram stop: line (number on its colour), destination, platform, minutes to go, "+3"
-- if late, a wheelchair if low-floor. The planner behind it edits: lines, each with two directions;
-- the stops of a direction in order; trips that run on weekdays, Saturdays or Sundays and holidays,
-- with a time at every stop (a trip at 25:10 is ten past one the next morning). Delays come in live
-- per trip and day.

CREATE TABLE stops (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE lines (
    number text PRIMARY KEY,
    colour text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$')
);

CREATE TABLE directions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_number text NOT NULL REFERENCES lines (number) ON DELETE CASCADE,
    direction smallint NOT NULL CHECK (direction IN (1, 2)),
    destination text NOT NULL,
    UNIQUE (line_number, direction)
);

CREATE TABLE direction_stops (
    direction_id bigint NOT NULL REFERENCES directions (id) ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position > 0),
    stop_id bigint NOT NULL REFERENCES stops (id),
    platform text,
    PRIMARY KEY (direction_id, position)
);

CREATE TABLE trips (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    direction_id bigint NOT NULL REFERENCES directions (id),
    runs_on text NOT NULL CHECK (runs_on IN ('weekdays', 'saturdays', 'sundays_and_holidays')),
    is_low_floor boolean NOT NULL DEFAULT true,
    UNIQUE (id, direction_id)
);

CREATE TABLE stop_times (
    trip_id bigint NOT NULL,
    direction_id bigint NOT NULL,
    position smallint NOT NULL,
    departs_after interval NOT NULL
        CHECK (departs_after >= interval '0' AND departs_after < interval '30 hours'),
    PRIMARY KEY (trip_id, position),
    FOREIGN KEY (trip_id, direction_id) REFERENCES trips (id, direction_id) ON DELETE CASCADE,
    FOREIGN KEY (direction_id, position)
        REFERENCES direction_stops (direction_id, position)
);

CREATE TABLE trip_delays (
    trip_id bigint NOT NULL REFERENCES trips (id) ON DELETE CASCADE,
    service_date date NOT NULL,
    delay_minutes smallint NOT NULL,
    PRIMARY KEY (trip_id, service_date)
);

COMMENT ON COLUMN stop_times.departs_after IS 'Since the midnight before; may pass 24 h.';

CREATE INDEX ON direction_stops (stop_id);
CREATE INDEX ON trips (direction_id);
CREATE INDEX ON stop_times (trip_id, direction_id);
CREATE INDEX ON stop_times (direction_id, position);
