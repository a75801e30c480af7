-- Observing log, amateur observatory
-- Night of | Target (catalogue no., e.g. M 31 / NGC 224) | Type (galaxy, nebula, cluster, planet, star, comet)
-- | RA | Dec | Mag | Telescope | Aperture mm | Camera | Filter | Exposures x seconds | Seeing 1-5 | Observer |
-- Notes
-- One object can carry several catalogue numbers.

CREATE TYPE target_kind AS ENUM ('galaxy', 'nebula', 'cluster', 'planet', 'star', 'comet');

CREATE TABLE targets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind target_kind NOT NULL,
    right_ascension_hours numeric(8, 5)
        CHECK (right_ascension_hours >= 0 AND right_ascension_hours < 24),
    declination_degrees numeric(8, 5) CHECK (declination_degrees BETWEEN -90 AND 90),
    magnitude numeric(4, 2)
);

CREATE TABLE designations (
    catalogue text NOT NULL,
    number text NOT NULL,
    target_id bigint NOT NULL REFERENCES targets (id) ON DELETE CASCADE,
    PRIMARY KEY (catalogue, number)
);

CREATE TABLE telescopes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    aperture_mm smallint NOT NULL CHECK (aperture_mm > 0)
);

CREATE TABLE observers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE observations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    night_of date NOT NULL,
    target_id bigint NOT NULL REFERENCES targets (id),
    telescope_id bigint NOT NULL REFERENCES telescopes (id),
    observer_id bigint NOT NULL REFERENCES observers (id),
    camera text,
    filter text,
    exposure_count smallint CHECK (exposure_count > 0),
    exposure_seconds numeric(8, 3) CHECK (exposure_seconds > 0),
    seeing smallint CHECK (seeing BETWEEN 1 AND 5),
    notes text
);

COMMENT ON COLUMN targets.right_ascension_hours IS 'Planets and comets move: empty for them.';

CREATE INDEX ON designations (target_id);
CREATE INDEX ON observations (night_of);
CREATE INDEX ON observations (target_id);
CREATE INDEX ON observations (telescope_id);
CREATE INDEX ON observations (observer_id);
