-- Swimming meet, live results on a tablet at the pool.
-- - Pick an event: number, distance (50-1500 m), stroke (freestyle, backstroke, breaststroke, butterfly, medley), women /
--   men / mixed, age group from - to
-- - Swipe through its heats; a heat is a sheet with lanes 1 to 8: swimmer, year of birth, club, entry time, and after the
--   race: time (1:02.47), splits every 50 m, or DNS / DSQ with the rule number
-- - The tab "Ranking" orders all heats by time

CREATE TABLE clubs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE swimmers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    club_id bigint NOT NULL REFERENCES clubs (id),
    full_name text NOT NULL,
    birth_year smallint NOT NULL CHECK (birth_year > 1900)
);

CREATE TABLE events (
    number smallint PRIMARY KEY CHECK (number > 0),
    distance_m smallint NOT NULL CHECK (distance_m BETWEEN 50 AND 1500),
    stroke text NOT NULL
        CHECK (stroke IN ('freestyle', 'backstroke', 'breaststroke', 'butterfly', 'medley')),
    category text NOT NULL CHECK (category IN ('women', 'men', 'mixed')),
    age_from smallint,
    age_to smallint,
    CHECK (age_to >= age_from)
);

CREATE TABLE entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_number smallint NOT NULL REFERENCES events (number),
    swimmer_id bigint NOT NULL REFERENCES swimmers (id),
    heat smallint NOT NULL CHECK (heat > 0),
    lane smallint NOT NULL CHECK (lane BETWEEN 1 AND 8),
    entry_time interval,
    final_time interval,
    outcome text CHECK (outcome IN ('DNS', 'DSQ')),
    rule_number text,
    UNIQUE (event_number, heat, lane),
    UNIQUE (event_number, swimmer_id),
    CHECK (final_time IS NULL OR outcome IS NULL),
    CHECK (rule_number IS NULL OR outcome = 'DSQ')
);

CREATE TABLE splits (
    entry_id bigint NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    distance_m smallint NOT NULL CHECK (distance_m > 0 AND distance_m % 50 = 0),
    split_time interval NOT NULL,
    PRIMARY KEY (entry_id, distance_m)
);

CREATE INDEX ON swimmers (club_id);
CREATE INDEX ON entries (swimmer_id);
CREATE INDEX ON entries (event_number, final_time);
