-- Rent a car, five steps with a progress bar.
--
-- Step 1  Pick-up station, return station (may differ), pick-up date and time, return date and time.
-- Step 2  Vehicle class: cards with a code (ECMR), name, seats, automatic or manual, price per day.
-- Step 3  Extras: child seat, second driver, snow chains ... each with a price per day and a quantity.
-- Step 4  Driver: first name, last name, e-mail, date of birth, licence number, licence issued on.
-- Step 5  Summary with the price for the whole stay; "Reserve" gives a confirmation number.
--
-- The price on the summary stays as it was even if tariffs change next week. At the counter a car
-- (plate, model) of that class is assigned to the reservation.

CREATE TABLE stations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE vehicle_classes (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z]{4}$'),
    name text NOT NULL,
    seats smallint NOT NULL CHECK (seats > 0),
    is_automatic boolean NOT NULL,
    price_per_day numeric(10, 2) NOT NULL CHECK (price_per_day >= 0)
);

CREATE TABLE cars (
    plate text PRIMARY KEY,
    class_code text NOT NULL REFERENCES vehicle_classes (code),
    model text NOT NULL
);

CREATE TABLE extras (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price_per_day numeric(10, 2) NOT NULL CHECK (price_per_day >= 0)
);

CREATE TABLE drivers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    born_on date NOT NULL,
    licence_number text NOT NULL UNIQUE,
    licence_issued_on date NOT NULL
);

CREATE TABLE reservations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    confirmation_number text NOT NULL UNIQUE,
    driver_id bigint NOT NULL REFERENCES drivers (id),
    class_code text NOT NULL REFERENCES vehicle_classes (code),
    pickup_station_id bigint NOT NULL REFERENCES stations (id),
    return_station_id bigint NOT NULL REFERENCES stations (id),
    pickup_at timestamptz NOT NULL,
    return_at timestamptz NOT NULL,
    car_plate text REFERENCES cars (plate),
    total_price numeric(12, 2) NOT NULL CHECK (total_price >= 0),
    CHECK (return_at > pickup_at)
);

CREATE TABLE reservation_extras (
    reservation_id bigint NOT NULL REFERENCES reservations (id) ON DELETE CASCADE,
    extra_id bigint NOT NULL REFERENCES extras (id),
    quantity smallint NOT NULL DEFAULT 1 CHECK (quantity > 0),
    price_per_day numeric(10, 2) NOT NULL CHECK (price_per_day >= 0),
    PRIMARY KEY (reservation_id, extra_id)
);

COMMENT ON COLUMN reservation_extras.price_per_day IS 'As it was when the car was reserved.';

CREATE INDEX ON cars (class_code);
CREATE INDEX ON reservations (driver_id);
CREATE INDEX ON reservations (class_code);
CREATE INDEX ON reservations (pickup_station_id);
CREATE INDEX ON reservations (return_station_id);
CREATE INDEX ON reservations (car_plate);
CREATE INDEX ON reservation_extras (extra_id);
