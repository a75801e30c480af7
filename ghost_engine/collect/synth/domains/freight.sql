CREATE TYPE shipment_status AS ENUM ('BOOKED', 'PICKED_UP', 'IN_TRANSIT', 'CUSTOMS', 'DELIVERED', 'EXCEPTION');
CREATE TYPE transport_mode AS ENUM ('ROAD', 'RAIL', 'SEA', 'AIR');
CREATE TYPE stop_kind AS ENUM ('PICKUP', 'CROSSDOCK', 'DELIVERY');
CREATE TYPE vehicle_status AS ENUM ('AVAILABLE', 'ON_ROUTE', 'IN_WORKSHOP', 'RETIRED');

CREATE TABLE carriers (
    id varchar(4) PRIMARY KEY CHECK (id ~ '^[A-Z]{4}$'),
    name varchar(80) NOT NULL UNIQUE,
    mode transport_mode NOT NULL DEFAULT 'ROAD',
    contact_email varchar(120) NOT NULL,
    on_time_pct numeric(4,1) CHECK (on_time_pct BETWEEN 0 AND 100),
    is_preferred boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN carriers.id IS 'Standard carrier code, four letters';

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_name varchar(80) NOT NULL,
    contact_name varchar(80),
    email varchar(120) NOT NULL UNIQUE,
    phone varchar(40),
    vat_number varchar(20) UNIQUE,
    payment_terms_days smallint NOT NULL DEFAULT 30 CHECK (payment_terms_days >= 0)
);
CREATE INDEX customers_company_name_idx ON customers (company_name);

CREATE TABLE locations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code varchar(8) NOT NULL UNIQUE,
    name varchar(80) NOT NULL,
    street varchar(120),
    postcode varchar(12) NOT NULL,
    city varchar(60) NOT NULL,
    country varchar(60) NOT NULL,
    opens_at time,
    closes_at time,
    has_dock boolean NOT NULL DEFAULT true
);

CREATE TABLE drivers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier_id varchar(4) NOT NULL REFERENCES carriers (id),
    first_name varchar(60) NOT NULL,
    last_name varchar(60) NOT NULL,
    mobile varchar(40) NOT NULL,
    licence_number varchar(20) NOT NULL UNIQUE,
    licence_expires_on date NOT NULL,
    may_carry_hazmat boolean NOT NULL DEFAULT false
);
CREATE INDEX drivers_carrier_id_idx ON drivers (carrier_id);

CREATE TABLE vehicles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier_id varchar(4) NOT NULL REFERENCES carriers (id),
    plate varchar(12) NOT NULL UNIQUE,
    model varchar(60) NOT NULL,
    payload_kg integer NOT NULL CHECK (payload_kg > 0),
    volume_m3 numeric(5,1) CHECK (volume_m3 > 0),
    odometer_km integer NOT NULL DEFAULT 0 CHECK (odometer_km >= 0),
    status vehicle_status NOT NULL DEFAULT 'AVAILABLE',
    next_inspection_on date
);
CREATE INDEX vehicles_carrier_id_idx ON vehicles (carrier_id);

CREATE TABLE shipments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tracking_number varchar(16) NOT NULL UNIQUE,
    customer_id bigint NOT NULL REFERENCES customers (id),
    carrier_id varchar(4) REFERENCES carriers (id),
    vehicle_id bigint REFERENCES vehicles (id),
    driver_id bigint REFERENCES drivers (id),
    origin_id bigint NOT NULL REFERENCES locations (id),
    destination_id bigint NOT NULL REFERENCES locations (id),
    mode transport_mode NOT NULL DEFAULT 'ROAD',
    status shipment_status NOT NULL DEFAULT 'BOOKED',
    pickup_on date NOT NULL,
    eta date,
    freight_charge numeric(12,2) NOT NULL CHECK (freight_charge >= 0),
    insured_value numeric(12,2) CHECK (insured_value >= 0),
    is_hazardous boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX shipments_customer_id_idx ON shipments (customer_id);
CREATE INDEX shipments_carrier_id_idx ON shipments (carrier_id, pickup_on DESC);
COMMENT ON TABLE shipments IS 'One consignment from origin to destination, whatever the number of stops';

CREATE TABLE packages (
    shipment_id bigint NOT NULL REFERENCES shipments (id) ON DELETE CASCADE,
    line_no smallint NOT NULL CHECK (line_no > 0),
    description varchar(120) NOT NULL,
    packaging varchar(30) NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    weight_kg numeric(9,2) NOT NULL CHECK (weight_kg > 0),
    length_cm integer CHECK (length_cm > 0),
    width_cm integer CHECK (width_cm > 0),
    height_cm integer CHECK (height_cm > 0),
    PRIMARY KEY (shipment_id, line_no)
);

CREATE TABLE stops (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shipment_id bigint NOT NULL REFERENCES shipments (id) ON DELETE CASCADE,
    location_id bigint NOT NULL REFERENCES locations (id),
    sequence smallint NOT NULL CHECK (sequence > 0),
    kind stop_kind NOT NULL,
    planned_at timestamptz NOT NULL,
    arrived_at timestamptz,
    instructions varchar(200),
    UNIQUE (shipment_id, sequence)
);
CREATE INDEX stops_location_id_idx ON stops (location_id);

CREATE TABLE tracking_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shipment_id bigint NOT NULL REFERENCES shipments (id) ON DELETE CASCADE,
    location_id bigint REFERENCES locations (id),
    status shipment_status NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    remark varchar(200)
);
CREATE INDEX tracking_events_shipment_id_idx ON tracking_events (shipment_id, occurred_at DESC);
