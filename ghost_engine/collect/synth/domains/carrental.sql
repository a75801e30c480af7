CREATE TYPE fuel AS ENUM ('petrol', 'diesel', 'hybrid', 'electric');
CREATE TYPE vehicle_status AS ENUM ('available', 'rented', 'in_service', 'cleaning', 'sold');
CREATE TYPE rental_status AS ENUM ('reserved', 'picked_up', 'returned', 'no_show', 'cancelled');
CREATE TYPE severity AS ENUM ('cosmetic', 'minor', 'major', 'total_loss');

CREATE TABLE branches (
    iata varchar(3) PRIMARY KEY CHECK (iata ~ '^[A-Z]{3}$'),
    name varchar(80) NOT NULL,
    city varchar(60) NOT NULL,
    phone varchar(30),
    opens_at time NOT NULL,
    closes_at time NOT NULL,
    at_airport boolean NOT NULL DEFAULT true,
    CHECK (closes_at > opens_at)
);
COMMENT ON COLUMN branches.iata IS 'Airport code, or the code of the nearest airport';

CREATE TABLE vehicle_classes (
    acriss varchar(4) PRIMARY KEY CHECK (char_length(acriss) = 4),
    name varchar(40) NOT NULL UNIQUE,
    seats smallint NOT NULL CHECK (seats BETWEEN 2 AND 9),
    bags smallint NOT NULL CHECK (bags >= 0),
    daily_rate numeric(7,2) NOT NULL CHECK (daily_rate > 0),
    deposit numeric(7,2) NOT NULL DEFAULT 300,
    minimum_age smallint NOT NULL DEFAULT 21 CHECK (minimum_age >= 18)
);

CREATE TABLE vehicles (
    plate varchar(12) PRIMARY KEY,
    class_id varchar(4) NOT NULL REFERENCES vehicle_classes (acriss),
    branch_id varchar(3) NOT NULL REFERENCES branches (iata),
    make varchar(40) NOT NULL,
    model varchar(40) NOT NULL,
    color varchar(20),
    vin varchar(17) NOT NULL UNIQUE CHECK (char_length(vin) = 17),
    fuel fuel NOT NULL,
    is_automatic boolean NOT NULL DEFAULT false,
    odometer_km integer NOT NULL CHECK (odometer_km >= 0),
    model_year smallint NOT NULL,
    status vehicle_status NOT NULL DEFAULT 'available',
    next_service_on date
);
CREATE INDEX vehicles_branch_id_idx ON vehicles (branch_id, class_id) WHERE status = 'available';

CREATE TABLE drivers (
    driver_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    birth_date date NOT NULL,
    licence_no varchar(20) NOT NULL UNIQUE,
    licence_country varchar(60) NOT NULL,
    licence_expires date NOT NULL,
    email varchar(120) NOT NULL,
    mobile varchar(30) NOT NULL,
    company varchar(80),
    loyalty_points integer NOT NULL DEFAULT 0 CHECK (loyalty_points >= 0)
);
CREATE INDEX drivers_name_idx ON drivers (last_name, first_name);

CREATE TABLE rentals (
    rental_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agreement_no varchar(12) NOT NULL UNIQUE,
    driver_id bigint NOT NULL REFERENCES drivers (driver_id),
    class_id varchar(4) NOT NULL REFERENCES vehicle_classes (acriss),
    vehicle_id varchar(12) REFERENCES vehicles (plate),
    pickup_branch_id varchar(3) NOT NULL REFERENCES branches (iata),
    return_branch_id varchar(3) NOT NULL REFERENCES branches (iata),
    pickup_at timestamptz NOT NULL,
    return_at timestamptz NOT NULL,
    status rental_status NOT NULL DEFAULT 'reserved',
    rate_per_day numeric(7,2) NOT NULL,
    km_included integer,
    start_km integer,
    end_km integer,
    total numeric(9,2) NOT NULL DEFAULT 0,
    CHECK (return_at > pickup_at),
    CHECK (end_km >= start_km)
);
CREATE INDEX rentals_driver_id_idx ON rentals (driver_id);
CREATE INDEX rentals_vehicle_id_idx ON rentals (vehicle_id, pickup_at);

CREATE TABLE additional_drivers (
    rental_id bigint NOT NULL REFERENCES rentals (rental_id) ON DELETE CASCADE,
    driver_id bigint NOT NULL REFERENCES drivers (driver_id),
    PRIMARY KEY (rental_id, driver_id)
);

CREATE TABLE extras (
    code varchar(4) PRIMARY KEY,
    name varchar(60) NOT NULL UNIQUE,
    price_per_day numeric(6,2) NOT NULL CHECK (price_per_day >= 0),
    is_insurance boolean NOT NULL DEFAULT false
);

CREATE TABLE rental_extras (
    rental_id bigint NOT NULL REFERENCES rentals (rental_id) ON DELETE CASCADE,
    extra_id varchar(4) NOT NULL REFERENCES extras (code),
    days smallint NOT NULL CHECK (days > 0),
    unit_price numeric(6,2) NOT NULL,
    amount numeric(8,2) NOT NULL,
    PRIMARY KEY (rental_id, extra_id)
);

CREATE TABLE damages (
    damage_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id varchar(12) NOT NULL REFERENCES vehicles (plate),
    rental_id bigint REFERENCES rentals (rental_id) ON DELETE SET NULL,
    found_on date NOT NULL,
    part varchar(60) NOT NULL,
    severity severity NOT NULL,
    description varchar(300),
    repair_cost numeric(8,2) CHECK (repair_cost >= 0),
    repaired_on date,
    charged_to_driver boolean NOT NULL DEFAULT false,
    CHECK (repaired_on >= found_on)
);
CREATE INDEX damages_vehicle_id_idx ON damages (vehicle_id);
