-- Lot page of an online auction. Gallery of photos, lot number within the sale, title, estimate low
-- - high, starting price, current bid, countdown to the lot's closing time, "reserve not met". Bid
-- box: your maximum. Bid history: paddle number, amount, time. Heart to watch. The sale has a
-- title, a date and a buyer's premium in percent. The consignor is never shown, but the back office
-- knows who it is.

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE sales (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    sale_date date NOT NULL,
    buyers_premium_percent numeric(5, 2) NOT NULL
        CHECK (buyers_premium_percent BETWEEN 0 AND 100)
);

CREATE TABLE paddles (
    sale_id bigint NOT NULL REFERENCES sales (id) ON DELETE CASCADE,
    paddle_number integer NOT NULL,
    bidder_id bigint NOT NULL REFERENCES people (id),
    PRIMARY KEY (sale_id, paddle_number),
    UNIQUE (sale_id, bidder_id)
);

CREATE TABLE lots (
    sale_id bigint NOT NULL REFERENCES sales (id),
    lot_number integer NOT NULL CHECK (lot_number > 0),
    consignor_id bigint NOT NULL REFERENCES people (id),
    title text NOT NULL,
    estimate_low numeric(12, 2) NOT NULL CHECK (estimate_low > 0),
    estimate_high numeric(12, 2) NOT NULL,
    starting_price numeric(12, 2) NOT NULL CHECK (starting_price > 0),
    reserve_price numeric(12, 2),
    closes_at timestamptz NOT NULL,
    PRIMARY KEY (sale_id, lot_number),
    CHECK (estimate_high >= estimate_low)
);

CREATE TABLE lot_photos (
    sale_id bigint NOT NULL,
    lot_number integer NOT NULL,
    position smallint NOT NULL CHECK (position > 0),
    url text NOT NULL,
    PRIMARY KEY (sale_id, lot_number, position),
    FOREIGN KEY (sale_id, lot_number) REFERENCES lots (sale_id, lot_number) ON DELETE CASCADE
);

CREATE TABLE bids (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sale_id bigint NOT NULL,
    lot_number integer NOT NULL,
    paddle_number integer NOT NULL,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    maximum numeric(12, 2) NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (sale_id, lot_number) REFERENCES lots (sale_id, lot_number),
    FOREIGN KEY (sale_id, paddle_number) REFERENCES paddles (sale_id, paddle_number),
    UNIQUE (sale_id, lot_number, amount),
    CHECK (maximum >= amount)
);

CREATE TABLE watched_lots (
    person_id bigint NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    sale_id bigint NOT NULL,
    lot_number integer NOT NULL,
    PRIMARY KEY (person_id, sale_id, lot_number),
    FOREIGN KEY (sale_id, lot_number) REFERENCES lots (sale_id, lot_number) ON DELETE CASCADE
);

CREATE INDEX ON paddles (bidder_id);
CREATE INDEX ON lots (consignor_id);
CREATE INDEX ON bids (sale_id, paddle_number);
CREATE INDEX ON watched_lots (sale_id, lot_number);
