-- Wall display in the control room of three car parks. Per car park: name, levels with "free /
-- total", a barrier light (open, closed, fault). Ticker below: time, car park, plate as read by the
-- camera, in or out, ticket or season pass. Stays that are still open are listed with entry time
-- and what they owe so far; paid at the machine = amount, card or cash. Season passes belong to a
-- plate and run from - to.

CREATE TABLE car_parks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    barrier_state text NOT NULL CHECK (barrier_state IN ('open', 'closed', 'fault'))
);

CREATE TABLE levels (
    car_park_id bigint NOT NULL REFERENCES car_parks (id) ON DELETE CASCADE,
    number smallint NOT NULL,
    total_spaces smallint NOT NULL CHECK (total_spaces >= 0),
    free_spaces smallint NOT NULL CHECK (free_spaces >= 0),
    PRIMARY KEY (car_park_id, number),
    CHECK (free_spaces <= total_spaces)
);

CREATE TABLE season_passes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plate text NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    UNIQUE (plate, valid_from),
    CHECK (valid_to >= valid_from)
);

CREATE TABLE parking_stays (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    car_park_id bigint NOT NULL REFERENCES car_parks (id),
    plate text NOT NULL,
    season_pass_id bigint REFERENCES season_passes (id),
    entered_at timestamptz NOT NULL,
    left_at timestamptz,
    CHECK (left_at >= entered_at)
);

CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parking_stay_id bigint NOT NULL REFERENCES parking_stays (id),
    amount numeric(8, 2) NOT NULL CHECK (amount > 0),
    method text NOT NULL CHECK (method IN ('card', 'cash')),
    paid_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX parking_stays_one_open_per_plate ON parking_stays (plate) WHERE left_at IS NULL;
CREATE INDEX ON parking_stays (car_park_id, entered_at);
CREATE INDEX ON parking_stays (season_pass_id);
CREATE INDEX ON payments (parking_stay_id);
