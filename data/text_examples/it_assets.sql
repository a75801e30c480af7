-- Which laptop / phone / monitor (serial no., bought when, price) does who have at the moment, and who had it
-- before?

CREATE TABLE employees (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE assets (
    serial_number text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('laptop', 'phone', 'monitor')),
    bought_on date,
    price numeric(10, 2) CHECK (price >= 0)
);

CREATE TABLE asset_assignments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial_number text NOT NULL REFERENCES assets (serial_number),
    employee_id bigint NOT NULL REFERENCES employees (id),
    handed_out_on date NOT NULL,
    given_back_on date,
    CHECK (given_back_on >= handed_out_on)
);

CREATE UNIQUE INDEX asset_assignments_one_current ON asset_assignments (serial_number)
    WHERE given_back_on IS NULL;
CREATE INDEX ON asset_assignments (serial_number, handed_out_on);
CREATE INDEX ON asset_assignments (employee_id);
