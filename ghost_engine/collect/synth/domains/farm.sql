CREATE TYPE soil_type AS ENUM ('sand', 'loam', 'clay', 'silt', 'peat');
CREATE TYPE planting_stage AS ENUM ('planned', 'sown', 'growing', 'ready', 'harvested', 'failed');
CREATE TYPE livestock_sex AS ENUM ('female', 'male', 'castrated');
CREATE TYPE quality_grade AS ENUM ('A', 'B', 'C', 'feed');

CREATE TABLE crops (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    variety text NOT NULL,
    days_to_harvest integer NOT NULL CHECK (days_to_harvest > 0),
    seed_rate_kg_ha numeric(7,2) CHECK (seed_rate_kg_ha > 0),
    is_organic boolean NOT NULL DEFAULT false,
    UNIQUE (name, variety)
);

CREATE TABLE fields (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    parcel_number text NOT NULL UNIQUE,
    area_ha numeric(7,2) NOT NULL CHECK (area_ha > 0),
    soil soil_type NOT NULL,
    ph numeric(3,1) CHECK (ph BETWEEN 0 AND 14),
    is_irrigated boolean NOT NULL DEFAULT false,
    is_leased boolean NOT NULL DEFAULT false,
    notes text
);
COMMENT ON COLUMN fields.parcel_number IS 'As in the land register';

CREATE TABLE workers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    phone text,
    is_seasonal boolean NOT NULL DEFAULT false,
    hired_on date NOT NULL
);

CREATE TABLE plantings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field_id bigint NOT NULL REFERENCES fields (id) ON DELETE CASCADE,
    crop_id bigint NOT NULL REFERENCES crops (id),
    season smallint NOT NULL CHECK (season BETWEEN 1990 AND 2100),
    area_ha numeric(7,2) NOT NULL CHECK (area_ha > 0),
    sown_on date NOT NULL,
    expected_harvest_on date,
    expected_yield_t numeric(8,2) CHECK (expected_yield_t >= 0),
    stage planting_stage NOT NULL DEFAULT 'planned',
    CHECK (expected_harvest_on > sown_on)
);
CREATE INDEX plantings_field_id_idx ON plantings (field_id, season DESC);
CREATE INDEX plantings_crop_id_idx ON plantings (crop_id);

CREATE TABLE harvests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    planting_id bigint NOT NULL REFERENCES plantings (id) ON DELETE CASCADE,
    worker_id bigint REFERENCES workers (id) ON DELETE SET NULL,
    harvested_on date NOT NULL,
    weight_t numeric(8,2) NOT NULL CHECK (weight_t > 0),
    moisture_percent numeric(4,1) CHECK (moisture_percent BETWEEN 0 AND 100),
    grade quality_grade NOT NULL DEFAULT 'A',
    storage text
);
CREATE INDEX harvests_planting_id_idx ON harvests (planting_id);

CREATE TABLE inputs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trade_name text NOT NULL UNIQUE,
    category text NOT NULL,
    active_substance text,
    unit text NOT NULL,
    price_per_unit numeric(8,2) CHECK (price_per_unit >= 0),
    waiting_days integer NOT NULL DEFAULT 0 CHECK (waiting_days >= 0)
);

CREATE TABLE field_treatments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    planting_id bigint NOT NULL REFERENCES plantings (id) ON DELETE CASCADE,
    input_id bigint NOT NULL REFERENCES inputs (id),
    worker_id bigint NOT NULL REFERENCES workers (id),
    applied_on date NOT NULL,
    dose_per_ha numeric(7,2) NOT NULL CHECK (dose_per_ha > 0),
    wind_kmh integer CHECK (wind_kmh >= 0),
    reason text
);
CREATE INDEX field_treatments_planting_id_idx ON field_treatments (planting_id, applied_on);

CREATE TABLE herds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    species text NOT NULL,
    barn text NOT NULL,
    field_id bigint REFERENCES fields (id) ON DELETE SET NULL
);
COMMENT ON COLUMN herds.field_id IS 'Where the herd grazes now';

CREATE TABLE animals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ear_tag text NOT NULL UNIQUE,
    herd_id bigint NOT NULL REFERENCES herds (id),
    mother_id bigint REFERENCES animals (id) ON DELETE SET NULL,
    name text,
    breed text NOT NULL,
    sex livestock_sex NOT NULL,
    born_on date NOT NULL,
    weight_kg numeric(6,1) CHECK (weight_kg > 0),
    is_milking boolean NOT NULL DEFAULT false
);
CREATE INDEX animals_herd_id_idx ON animals (herd_id);
CREATE INDEX animals_mother_id_idx ON animals (mother_id);

CREATE TABLE animal_treatments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    animal_id bigint NOT NULL REFERENCES animals (id) ON DELETE CASCADE,
    diagnosis text NOT NULL,
    medicine text NOT NULL,
    dose_ml numeric(6,1) NOT NULL CHECK (dose_ml > 0),
    treated_on date NOT NULL,
    withdrawal_until date,
    given_by_id bigint NOT NULL REFERENCES workers (id),
    CHECK (withdrawal_until >= treated_on)
);
CREATE INDEX animal_treatments_animal_id_idx ON animal_treatments (animal_id);
COMMENT ON COLUMN animal_treatments.withdrawal_until IS 'No milk or meat is sold before this day';
