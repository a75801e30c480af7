-- Stock screen of a blood bank. A matrix of blood group (0, A, B, AB; Rh + or -) against product
-- (red cells, platelets, plasma) with the number of usable bags, red below the minimum for that
-- pair. Below, the bags: bag number, group, product, collected on, expires on, volume ml, storage
-- (fridge or freezer, name), state (in test, released, reserved, issued, discarded). Reserve asks
-- for hospital and needed by. Donors stay behind a number.

CREATE TYPE abo_group AS ENUM ('0', 'A', 'B', 'AB');
CREATE TYPE blood_product AS ENUM ('red_cells', 'platelets', 'plasma');
CREATE TYPE bag_state AS ENUM ('in_test', 'released', 'reserved', 'issued', 'discarded');

CREATE TABLE minimum_stocks (
    abo abo_group NOT NULL,
    rh_positive boolean NOT NULL,
    product blood_product NOT NULL,
    minimum_bags integer NOT NULL CHECK (minimum_bags >= 0),
    PRIMARY KEY (abo, rh_positive, product)
);

CREATE TABLE donors (
    donor_number bigint PRIMARY KEY,
    abo abo_group NOT NULL,
    rh_positive boolean NOT NULL
);

CREATE TABLE storage_units (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('fridge', 'freezer'))
);

CREATE TABLE bags (
    bag_number text PRIMARY KEY,
    donor_number bigint NOT NULL REFERENCES donors (donor_number),
    product blood_product NOT NULL,
    storage_unit_id bigint REFERENCES storage_units (id),
    collected_on date NOT NULL,
    expires_on date NOT NULL,
    volume_ml smallint NOT NULL CHECK (volume_ml > 0),
    state bag_state NOT NULL DEFAULT 'in_test',
    CHECK (expires_on > collected_on)
);

CREATE TABLE hospitals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE reservations (
    bag_number text PRIMARY KEY REFERENCES bags (bag_number),
    hospital_id bigint NOT NULL REFERENCES hospitals (id),
    needed_by timestamptz NOT NULL
);

CREATE INDEX ON bags (donor_number);
CREATE INDEX ON bags (storage_unit_id);
CREATE INDEX ON bags (expires_on) WHERE state = 'released';
CREATE INDEX ON reservations (hospital_id);
