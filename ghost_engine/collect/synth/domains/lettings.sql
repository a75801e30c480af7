CREATE TYPE unit_kind AS ENUM ('apartment', 'studio', 'house', 'office', 'shop', 'parking');
CREATE TYPE lease_status AS ENUM ('draft', 'active', 'notice_given', 'ended');
CREATE TYPE payment_method AS ENUM ('bank_transfer', 'direct_debit', 'card', 'cash');
CREATE TYPE request_priority AS ENUM ('low', 'normal', 'high', 'emergency');
CREATE TYPE request_status AS ENUM ('new', 'assigned', 'in_progress', 'waiting_for_parts', 'done');

CREATE TABLE owners (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    iban text
);

CREATE TABLE buildings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id bigint NOT NULL REFERENCES owners (id),
    name text NOT NULL UNIQUE,
    street text NOT NULL,
    postcode text NOT NULL,
    city text NOT NULL,
    year_built smallint CHECK (year_built BETWEEN 1600 AND 2100),
    floors smallint NOT NULL CHECK (floors > 0),
    has_lift boolean NOT NULL DEFAULT false
);
CREATE INDEX buildings_owner_id_idx ON buildings (owner_id);

CREATE TABLE units (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    building_id bigint NOT NULL REFERENCES buildings (id) ON DELETE CASCADE,
    unit_number text NOT NULL,
    kind unit_kind NOT NULL DEFAULT 'apartment',
    floor smallint,
    bedrooms smallint NOT NULL DEFAULT 1 CHECK (bedrooms >= 0),
    area_sqm numeric(7,1) NOT NULL CHECK (area_sqm > 0),
    asking_rent numeric(10,2) CHECK (asking_rent >= 0),
    is_furnished boolean NOT NULL DEFAULT false,
    available_from date,
    UNIQUE (building_id, unit_number)
);
COMMENT ON COLUMN units.asking_rent IS 'Monthly rent at which the unit is advertised';

CREATE TABLE tenants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    birth_date date,
    employer text,
    monthly_income numeric(10,2) CHECK (monthly_income >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tenants_last_name_idx ON tenants (last_name, first_name);

CREATE TABLE leases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    unit_id bigint NOT NULL REFERENCES units (id),
    tenant_id bigint NOT NULL REFERENCES tenants (id),
    starts_on date NOT NULL,
    ends_on date,
    monthly_rent numeric(10,2) NOT NULL CHECK (monthly_rent > 0),
    deposit numeric(10,2) NOT NULL DEFAULT 0 CHECK (deposit >= 0),
    due_day smallint NOT NULL DEFAULT 1 CHECK (due_day BETWEEN 1 AND 28),
    status lease_status NOT NULL DEFAULT 'draft',
    CHECK (ends_on > starts_on)
);
CREATE INDEX leases_unit_id_idx ON leases (unit_id);
CREATE INDEX leases_tenant_id_idx ON leases (tenant_id);
COMMENT ON COLUMN leases.ends_on IS 'Open-ended when empty';

CREATE TABLE lease_occupants (
    lease_id bigint NOT NULL REFERENCES leases (id) ON DELETE CASCADE,
    tenant_id bigint NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    PRIMARY KEY (lease_id, tenant_id)
);
CREATE INDEX lease_occupants_tenant_id_idx ON lease_occupants (tenant_id);

CREATE TABLE rent_payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lease_id bigint NOT NULL REFERENCES leases (id),
    due_on date NOT NULL,
    paid_on date,
    amount numeric(10,2) NOT NULL CHECK (amount > 0),
    late_fee numeric(10,2) NOT NULL DEFAULT 0 CHECK (late_fee >= 0),
    method payment_method NOT NULL DEFAULT 'bank_transfer',
    bank_reference text
);
CREATE INDEX rent_payments_lease_id_idx ON rent_payments (lease_id, due_on DESC);

CREATE TABLE contractors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_name text NOT NULL UNIQUE,
    trade text NOT NULL,
    phone text NOT NULL,
    hourly_rate numeric(8,2) CHECK (hourly_rate > 0)
);

CREATE TABLE maintenance_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_number text NOT NULL UNIQUE,
    unit_id bigint NOT NULL REFERENCES units (id) ON DELETE CASCADE,
    tenant_id bigint REFERENCES tenants (id) ON DELETE SET NULL,
    contractor_id bigint REFERENCES contractors (id) ON DELETE SET NULL,
    title text NOT NULL,
    description text,
    priority request_priority NOT NULL DEFAULT 'normal',
    status request_status NOT NULL DEFAULT 'new',
    reported_at timestamptz NOT NULL DEFAULT now(),
    visit_at timestamptz,
    cost numeric(10,2) CHECK (cost >= 0),
    may_enter_alone boolean NOT NULL DEFAULT false
);
CREATE INDEX maintenance_requests_unit_id_idx ON maintenance_requests (unit_id);
CREATE INDEX maintenance_requests_open_idx ON maintenance_requests (reported_at DESC) WHERE status <> 'done';
