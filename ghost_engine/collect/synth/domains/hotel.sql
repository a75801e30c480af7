CREATE TYPE reservation_state AS ENUM ('tentative', 'confirmed', 'checked_in', 'checked_out', 'cancelled', 'no_show');
CREATE TYPE housekeeping AS ENUM ('clean', 'dirty', 'inspected', 'out_of_order');
CREATE TYPE booking_channel AS ENUM ('direct', 'website', 'agency', 'corporate', 'walk_in');
CREATE TYPE bed AS ENUM ('single', 'twin', 'double', 'king');

CREATE TABLE property_settings (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    hotel_name text NOT NULL,
    reception_phone text NOT NULL,
    reception_email text NOT NULL,
    check_in_from time NOT NULL DEFAULT '15:00',
    check_out_until time NOT NULL DEFAULT '11:00',
    city_tax numeric(5,2) NOT NULL DEFAULT 0 CHECK (city_tax >= 0),
    free_cancellation_days smallint NOT NULL DEFAULT 2,
    pets_allowed boolean NOT NULL DEFAULT false,
    online_check_in boolean NOT NULL DEFAULT true,
    welcome_text text
);

CREATE TABLE room_types (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    bed bed NOT NULL,
    max_guests smallint NOT NULL CHECK (max_guests BETWEEN 1 AND 8),
    area_m2 smallint CHECK (area_m2 > 0),
    base_rate numeric(8,2) NOT NULL CHECK (base_rate > 0),
    amenities text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE rooms (
    number text PRIMARY KEY,
    room_type_id integer NOT NULL REFERENCES room_types (id),
    connects_to_id text REFERENCES rooms (number),
    floor smallint NOT NULL,
    view text,
    housekeeping housekeeping NOT NULL DEFAULT 'clean',
    is_smoking boolean NOT NULL DEFAULT false
);
CREATE INDEX rooms_room_type_id_idx ON rooms (room_type_id);
COMMENT ON COLUMN rooms.connects_to_id IS 'The room behind the connecting door';

CREATE TABLE guests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    salutation text,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text,
    phone text,
    nationality text,
    passport_no text,
    birth_date date,
    is_vip boolean NOT NULL DEFAULT false,
    preferences text
);
CREATE INDEX guests_last_name_idx ON guests (last_name);

CREATE TABLE rate_plans (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    includes_breakfast boolean NOT NULL DEFAULT true,
    is_refundable boolean NOT NULL DEFAULT true,
    discount_percent numeric(4,1) NOT NULL DEFAULT 0 CHECK (discount_percent BETWEEN 0 AND 60)
);

CREATE TABLE reservations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    confirmation_code text NOT NULL UNIQUE,
    guest_id bigint NOT NULL REFERENCES guests (id),
    room_type_id integer NOT NULL REFERENCES room_types (id),
    room_id text REFERENCES rooms (number),
    rate_plan_id text NOT NULL REFERENCES rate_plans (code),
    state reservation_state NOT NULL DEFAULT 'confirmed',
    channel booking_channel NOT NULL DEFAULT 'direct',
    arrival date NOT NULL,
    departure date NOT NULL,
    adults smallint NOT NULL DEFAULT 2 CHECK (adults > 0),
    children smallint NOT NULL DEFAULT 0 CHECK (children >= 0),
    nightly_rate numeric(8,2) NOT NULL CHECK (nightly_rate >= 0),
    special_requests text,
    booked_at timestamptz NOT NULL DEFAULT now(),
    CHECK (departure > arrival)
);
CREATE INDEX reservations_arrival_idx ON reservations (arrival, room_id);
CREATE INDEX reservations_guest_id_idx ON reservations (guest_id);

CREATE TABLE reservation_guests (
    reservation_id bigint NOT NULL REFERENCES reservations (id) ON DELETE CASCADE,
    guest_id bigint NOT NULL REFERENCES guests (id),
    PRIMARY KEY (reservation_id, guest_id)
);
COMMENT ON TABLE reservation_guests IS 'Everybody who sleeps there, for the registration forms';

CREATE TABLE services (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    department text NOT NULL,
    price numeric(8,2) NOT NULL CHECK (price >= 0),
    tax_percent numeric(4,1) NOT NULL DEFAULT 10
);

CREATE TABLE folio_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reservation_id bigint NOT NULL REFERENCES reservations (id) ON DELETE CASCADE,
    service_id integer NOT NULL REFERENCES services (id),
    posted_at timestamptz NOT NULL,
    quantity smallint NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit_price numeric(8,2) NOT NULL,
    amount numeric(9,2) NOT NULL
);
CREATE INDEX folio_lines_reservation_id_idx ON folio_lines (reservation_id, posted_at);
