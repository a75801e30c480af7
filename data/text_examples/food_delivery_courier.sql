-- Courier's phone, map in the background. A card slides up when there is a job: restaurant name and
-- address, customer's address, distance in km, fee, tip. Swipe right to accept, left to pass; passing asks
-- for a reason. Once accepted the card has a slider with three stops: arrived at restaurant, picked up,
-- delivered; each stop keeps its time. At delivery the courier either takes a photo or types the 4-digit
-- code the customer has. The icon in the corner turns the courier on duty or off, and the screen shows
-- how long the current shift has lasted and what it has earned.

CREATE TABLE couriers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL
);

CREATE TABLE shifts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    courier_id uuid NOT NULL REFERENCES couriers (id),
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CHECK (ended_at > started_at)
);

CREATE TABLE restaurants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    address text NOT NULL,
    latitude numeric(9, 6) NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude numeric(9, 6) NOT NULL CHECK (longitude BETWEEN -180 AND 180)
);

CREATE TABLE deliveries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    restaurant_id uuid NOT NULL REFERENCES restaurants (id),
    shift_id uuid REFERENCES shifts (id),
    customer_address text NOT NULL,
    customer_latitude numeric(9, 6) NOT NULL CHECK (customer_latitude BETWEEN -90 AND 90),
    customer_longitude numeric(9, 6) NOT NULL CHECK (customer_longitude BETWEEN -180 AND 180),
    distance_km numeric(6, 2) NOT NULL CHECK (distance_km > 0),
    fee numeric(8, 2) NOT NULL CHECK (fee >= 0),
    tip numeric(8, 2) NOT NULL DEFAULT 0 CHECK (tip >= 0),
    handover_code text NOT NULL CHECK (handover_code ~ '^[0-9]{4}$'),
    accepted_at timestamptz,
    arrived_at timestamptz,
    picked_up_at timestamptz,
    delivered_at timestamptz,
    proof_photo_url text,
    CHECK ((shift_id IS NULL) = (accepted_at IS NULL))
);

CREATE TABLE passes (
    delivery_id uuid NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    courier_id uuid NOT NULL REFERENCES couriers (id),
    reason text NOT NULL,
    PRIMARY KEY (delivery_id, courier_id)
);

COMMENT ON TABLE passes IS 'Jobs that were offered to a courier and passed on.';

CREATE UNIQUE INDEX shifts_one_running_per_courier ON shifts (courier_id) WHERE ended_at IS NULL;
CREATE INDEX ON shifts (courier_id);
CREATE INDEX ON deliveries (restaurant_id);
CREATE INDEX ON deliveries (shift_id);
CREATE INDEX ON passes (courier_id);
