--    The Long Orbit (12+)   OmU   Fri 14 Nov  20:15   Screen 3
--
--             S C R E E N
--    A   o o o o # # o o o o        o free     adult    12.50
--    B   o o x x x x o o o o        # taken    student   9.00
--    C   o o o o o o o o L L        x yours    child     7.50
--                                   L love seat +4.00
--    Your seats: B3 adult, B4 adult, B5 student, B6 student       43.00
--    E-mail [______________________]        Held for 7:41   [ Pay ]

CREATE TABLE films (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    minimum_age smallint NOT NULL DEFAULT 0 CHECK (minimum_age >= 0)
);

CREATE TABLE screens (
    number smallint PRIMARY KEY
);

CREATE TABLE seats (
    screen_number smallint NOT NULL REFERENCES screens (number) ON DELETE CASCADE,
    row_letter text NOT NULL CHECK (row_letter ~ '^[A-Z]$'),
    seat_number smallint NOT NULL CHECK (seat_number > 0),
    surcharge numeric(6, 2) NOT NULL DEFAULT 0 CHECK (surcharge >= 0),
    PRIMARY KEY (screen_number, row_letter, seat_number)
);

CREATE TABLE showings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    film_id bigint NOT NULL REFERENCES films (id),
    screen_number smallint NOT NULL REFERENCES screens (number),
    starts_at timestamptz NOT NULL,
    language_version text NOT NULL,
    UNIQUE (screen_number, starts_at),
    UNIQUE (id, screen_number)
);

CREATE TABLE ticket_types (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price numeric(6, 2) NOT NULL CHECK (price >= 0)
);

CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    showing_id bigint NOT NULL,
    screen_number smallint NOT NULL,
    email text,
    held_until timestamptz NOT NULL,
    paid_at timestamptz,
    FOREIGN KEY (showing_id, screen_number) REFERENCES showings (id, screen_number),
    UNIQUE (id, showing_id, screen_number),
    CHECK (paid_at IS NULL OR email IS NOT NULL)
);

CREATE TABLE tickets (
    booking_id bigint NOT NULL,
    showing_id bigint NOT NULL,
    screen_number smallint NOT NULL,
    row_letter text NOT NULL,
    seat_number smallint NOT NULL,
    ticket_type_id bigint NOT NULL REFERENCES ticket_types (id),
    price numeric(6, 2) NOT NULL CHECK (price >= 0),
    PRIMARY KEY (showing_id, row_letter, seat_number),
    FOREIGN KEY (booking_id, showing_id, screen_number)
        REFERENCES bookings (id, showing_id, screen_number) ON DELETE CASCADE,
    FOREIGN KEY (screen_number, row_letter, seat_number)
        REFERENCES seats (screen_number, row_letter, seat_number)
);

CREATE INDEX ON showings (film_id);
CREATE INDEX ON bookings (showing_id, screen_number);
CREATE INDEX ON tickets (booking_id, showing_id, screen_number);
CREATE INDEX ON tickets (screen_number, row_letter, seat_number);
CREATE INDEX ON tickets (ticket_type_id);
