-- App for beekeepers. My hives by apiary, and what I saw at each inspection: queen seen, brood frames, temper,
-- honey taken.

CREATE TABLE apiaries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE hives (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    apiary_id bigint NOT NULL REFERENCES apiaries (id),
    name text NOT NULL,
    UNIQUE (apiary_id, name)
);

CREATE TABLE inspections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hive_id bigint NOT NULL REFERENCES hives (id) ON DELETE CASCADE,
    inspected_on date NOT NULL,
    queen_seen boolean NOT NULL,
    brood_frames smallint CHECK (brood_frames >= 0),
    temper text,
    honey_kg numeric(6, 2) CHECK (honey_kg >= 0)
);

CREATE INDEX ON inspections (hive_id, inspected_on);
