CREATE TYPE energy_medium AS ENUM ('electricity', 'gas', 'district_heat', 'water', 'solar_feed_in');
CREATE TYPE reading_source AS ENUM ('smart_meter', 'technician', 'customer', 'estimated');
CREATE TYPE invoice_state AS ENUM ('draft', 'issued', 'paid', 'reminded', 'in_collection');
CREATE TYPE outage_cause AS ENUM ('weather', 'equipment', 'third_party', 'planned_work', 'unknown');
CREATE TYPE outage_state AS ENUM ('reported', 'crew_on_site', 'partly_restored', 'restored');

CREATE TABLE grid_areas (
    id varchar(6) PRIMARY KEY CHECK (id ~ '^[A-Z]{2}-[0-9]{2}$'),
    name text NOT NULL UNIQUE,
    voltage_kv numeric(5,1) NOT NULL CHECK (voltage_kv > 0)
);
COMMENT ON COLUMN grid_areas.id IS 'Area code as printed on the network plan';

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contract_account text NOT NULL UNIQUE,
    name text NOT NULL,
    email text,
    phone text,
    billing_city text NOT NULL,
    iban text,
    has_direct_debit boolean NOT NULL DEFAULT false,
    customer_since date NOT NULL
);

CREATE TABLE sites (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    grid_area_id varchar(6) NOT NULL REFERENCES grid_areas (id),
    name text NOT NULL,
    street text NOT NULL,
    postcode text NOT NULL,
    city text NOT NULL,
    heated_area_sqm numeric(8,1) CHECK (heated_area_sqm > 0),
    solar_peak_kw numeric(7,2) CHECK (solar_peak_kw >= 0),
    has_ev_charger boolean NOT NULL DEFAULT false
);
CREATE INDEX sites_customer_id_idx ON sites (customer_id);
CREATE INDEX sites_grid_area_id_idx ON sites (grid_area_id);

CREATE TABLE tariffs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    medium energy_medium NOT NULL,
    base_fee_month numeric(6,2) NOT NULL CHECK (base_fee_month >= 0),
    price_per_unit numeric(7,4) NOT NULL CHECK (price_per_unit > 0),
    night_price_per_unit numeric(7,4) CHECK (night_price_per_unit > 0),
    valid_from date NOT NULL,
    valid_until date,
    is_green boolean NOT NULL DEFAULT false,
    notice_weeks smallint NOT NULL DEFAULT 4 CHECK (notice_weeks BETWEEN 0 AND 52),
    UNIQUE (name, medium, valid_from),
    CHECK (valid_until > valid_from)
);

CREATE TABLE meters (
    id varchar(14) PRIMARY KEY,
    site_id bigint NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    tariff_id bigint NOT NULL REFERENCES tariffs (id),
    medium energy_medium NOT NULL DEFAULT 'electricity',
    manufacturer text,
    is_smart boolean NOT NULL DEFAULT false,
    installed_on date NOT NULL,
    calibrated_until date NOT NULL,
    position_note text,
    CHECK (calibrated_until > installed_on)
);
CREATE INDEX meters_site_id_idx ON meters (site_id);
CREATE INDEX meters_tariff_id_idx ON meters (tariff_id);
COMMENT ON COLUMN meters.id IS 'The number on the nameplate';

CREATE TABLE readings (
    meter_id varchar(14) NOT NULL REFERENCES meters (id) ON DELETE CASCADE,
    read_at timestamptz NOT NULL,
    counter numeric(12,1) NOT NULL CHECK (counter >= 0),
    consumption numeric(10,1) CHECK (consumption >= 0),
    source reading_source NOT NULL DEFAULT 'smart_meter',
    is_plausible boolean NOT NULL DEFAULT true,
    PRIMARY KEY (meter_id, read_at)
);

CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_number text NOT NULL UNIQUE,
    customer_id bigint NOT NULL REFERENCES customers (id),
    period_from date NOT NULL,
    period_to date NOT NULL,
    issued_on date NOT NULL,
    due_on date NOT NULL,
    net_total numeric(12,2) NOT NULL DEFAULT 0 CHECK (net_total >= 0),
    instalments_paid numeric(12,2) NOT NULL DEFAULT 0 CHECK (instalments_paid >= 0),
    state invoice_state NOT NULL DEFAULT 'draft',
    CHECK (period_to > period_from),
    CHECK (due_on >= issued_on)
);
CREATE INDEX invoices_customer_id_idx ON invoices (customer_id, issued_on DESC);

CREATE TABLE invoice_lines (
    invoice_id bigint NOT NULL REFERENCES invoices (id) ON DELETE CASCADE,
    line_no smallint NOT NULL CHECK (line_no > 0),
    meter_id varchar(14) REFERENCES meters (id),
    description text NOT NULL,
    quantity numeric(10,1) NOT NULL CHECK (quantity > 0),
    unit_price numeric(7,4) NOT NULL,
    amount numeric(12,2) NOT NULL,
    PRIMARY KEY (invoice_id, line_no)
);

CREATE TABLE outages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket text NOT NULL UNIQUE,
    medium energy_medium NOT NULL DEFAULT 'electricity',
    cause outage_cause NOT NULL DEFAULT 'unknown',
    state outage_state NOT NULL DEFAULT 'reported',
    began_at timestamptz NOT NULL,
    restored_at timestamptz,
    households_affected integer NOT NULL CHECK (households_affected >= 0),
    crew text,
    public_notice text,
    CHECK (restored_at > began_at)
);
CREATE INDEX outages_began_at_idx ON outages (began_at DESC);

CREATE TABLE outage_areas (
    outage_id bigint NOT NULL REFERENCES outages (id) ON DELETE CASCADE,
    grid_area_id varchar(6) NOT NULL REFERENCES grid_areas (id),
    PRIMARY KEY (outage_id, grid_area_id)
);
CREATE INDEX outage_areas_grid_area_id_idx ON outage_areas (grid_area_id);
