-- Event set-up for organisers, tabs Basics, Tickets, Orders.
-- Basics: title, venue (name, address), starts, ends, time zone, capacity, page published or not.
-- Tickets: name (Early bird, Regular, VIP), price, how many, sale from, sale until, max. per order.
-- Promo codes: code, percent off, uses left, valid until; only for chosen ticket types.
-- Orders: order no., buyer, e-mail, tickets, total, code used, paid / refunded. Each ticket has a QR code and is
-- scanned at the door once.

CREATE TABLE venues (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    address text NOT NULL
);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id bigint NOT NULL REFERENCES venues (id),
    title text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    capacity integer NOT NULL CHECK (capacity > 0),
    is_published boolean NOT NULL DEFAULT false,
    CHECK (ends_at > starts_at)
);

CREATE TABLE ticket_types (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name text NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price >= 0),
    quantity integer NOT NULL CHECK (quantity > 0),
    sale_starts_at timestamptz,
    sale_ends_at timestamptz,
    max_per_order smallint CHECK (max_per_order > 0),
    UNIQUE (event_id, name),
    CHECK (sale_ends_at > sale_starts_at)
);

CREATE TABLE promo_codes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    code text NOT NULL,
    percent_off smallint NOT NULL CHECK (percent_off BETWEEN 1 AND 100),
    uses_left integer NOT NULL CHECK (uses_left >= 0),
    valid_until timestamptz,
    UNIQUE (event_id, code)
);

CREATE TABLE promo_code_ticket_types (
    promo_code_id bigint NOT NULL REFERENCES promo_codes (id) ON DELETE CASCADE,
    ticket_type_id bigint NOT NULL REFERENCES ticket_types (id) ON DELETE CASCADE,
    PRIMARY KEY (promo_code_id, ticket_type_id)
);

CREATE TABLE orders (
    order_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events (id),
    promo_code_id bigint REFERENCES promo_codes (id),
    buyer_name text NOT NULL,
    buyer_email text NOT NULL,
    total numeric(12, 2) NOT NULL CHECK (total >= 0),
    status text NOT NULL CHECK (status IN ('paid', 'refunded'))
);

CREATE TABLE tickets (
    qr_code uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_number bigint NOT NULL REFERENCES orders (order_number),
    ticket_type_id bigint NOT NULL REFERENCES ticket_types (id),
    scanned_at timestamptz
);

CREATE INDEX ON events (venue_id);
CREATE INDEX ON promo_code_ticket_types (ticket_type_id);
CREATE INDEX ON orders (event_id);
CREATE INDEX ON orders (promo_code_id);
CREATE INDEX ON tickets (order_number);
CREATE INDEX ON tickets (ticket_type_id);
