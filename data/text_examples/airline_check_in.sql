-- Phone app of an airline, check-in flow. The first screen asks for booking reference and last name.
-- Swiping left goes through the passengers of the booking; each card has name, frequent flyer number
-- (if any) and a toggle "checked in". Below, one row a flight: number, from and to as three-letter
-- codes, local departure time, cabin. Tapping the seat opens the seat map, pinch to zoom: taken seats
-- are grey, exit rows are marked, extra-legroom seats cost a surcharge. Tap and hold to release a seat.
-- At the end a boarding pass slides up with gate, boarding group and sequence number.

CREATE TYPE cabin AS ENUM ('economy', 'premium_economy', 'business', 'first');

CREATE TABLE airports (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$')
);

CREATE TABLE flights (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number text NOT NULL,
    origin_code text NOT NULL REFERENCES airports (code),
    destination_code text NOT NULL REFERENCES airports (code),
    departs_at timestamptz NOT NULL,
    gate text,
    CHECK (origin_code <> destination_code),
    UNIQUE (number, departs_at)
);

CREATE TABLE seats (
    flight_id uuid NOT NULL REFERENCES flights (id) ON DELETE CASCADE,
    seat_number text NOT NULL CHECK (seat_number ~ '^[0-9]{1,2}[A-K]$'),
    cabin cabin NOT NULL,
    is_exit_row boolean NOT NULL DEFAULT false,
    surcharge numeric(8, 2) NOT NULL DEFAULT 0 CHECK (surcharge >= 0),
    PRIMARY KEY (flight_id, seat_number)
);

CREATE TABLE bookings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reference text NOT NULL UNIQUE
);

CREATE TABLE passengers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id uuid NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
    first_name text NOT NULL,
    last_name text NOT NULL,
    frequent_flyer_number text
);

CREATE TABLE coupons (
    passenger_id uuid NOT NULL REFERENCES passengers (id) ON DELETE CASCADE,
    flight_id uuid NOT NULL REFERENCES flights (id),
    cabin cabin NOT NULL,
    seat_number text,
    checked_in_at timestamptz,
    boarding_group smallint,
    sequence_number smallint,
    PRIMARY KEY (passenger_id, flight_id),
    UNIQUE (flight_id, seat_number),
    UNIQUE (flight_id, sequence_number),
    FOREIGN KEY (flight_id, seat_number) REFERENCES seats (flight_id, seat_number)
);

COMMENT ON TABLE coupons IS 'One passenger on one flight of the booking.';

CREATE INDEX ON flights (origin_code);
CREATE INDEX ON flights (destination_code);
CREATE INDEX ON passengers (booking_id);
