-- Zählerverwaltung der Stadtwerke. Liste: Zählernummer, Sparte (Strom, Gas, Wasser, Fernwärme), Einbauort
-- (Straße, Hausnummer, PLZ, Ort), Kunde mit Kundennummer, Einbaudatum, Eichfrist bis, letzter Stand mit
-- Datum. Unter „Zählerstände“ steht je Ablesung: Datum, Stand (drei Nachkommastellen), Ableseart (Kunde,
-- Ableser, Fernauslesung, geschätzt) und der Verbrauch seit der vorigen Ablesung. Zieht jemand aus, bleibt
-- der Zähler, und die Belieferung bekommt ein Ende-Datum.

CREATE TYPE utility AS ENUM ('electricity', 'gas', 'water', 'district_heating');
CREATE TYPE reading_method AS ENUM ('customer', 'meter_reader', 'remote', 'estimated');

CREATE TABLE sites (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    street text NOT NULL,
    house_number text NOT NULL,
    postal_code text NOT NULL CHECK (postal_code ~ '^[0-9]{5}$'),
    city text NOT NULL,
    UNIQUE (postal_code, city, street, house_number)
);

CREATE TABLE customers (
    customer_number bigint PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE meters (
    meter_number text PRIMARY KEY,
    utility utility NOT NULL,
    site_id bigint NOT NULL REFERENCES sites (id),
    installed_on date NOT NULL,
    calibrated_until date NOT NULL,
    CHECK (calibrated_until > installed_on)
);

CREATE TABLE supplies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meter_number text NOT NULL REFERENCES meters (meter_number),
    customer_number bigint NOT NULL REFERENCES customers (customer_number),
    starts_on date NOT NULL,
    ends_on date,
    CHECK (ends_on >= starts_on)
);

CREATE TABLE meter_readings (
    meter_number text NOT NULL REFERENCES meters (meter_number),
    read_on date NOT NULL,
    value numeric(12, 3) NOT NULL CHECK (value >= 0),
    method reading_method NOT NULL,
    PRIMARY KEY (meter_number, read_on)
);

CREATE UNIQUE INDEX supplies_one_current_per_meter ON supplies (meter_number) WHERE ends_on IS NULL;
CREATE INDEX ON meters (site_id);
CREATE INDEX ON supplies (meter_number, starts_on);
CREATE INDEX ON supplies (customer_number);
