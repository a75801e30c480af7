-- Election night page of a city council election. Progress bar "173 of 204 polling stations counted". Bars
-- for the parties (short name, full name, colour) with votes and percent. Below, a table of polling
-- stations: number, name, ward, registered voters, ballots cast, invalid ballots, counted at. Opening a
-- station lists the votes of each party there. Numbers can be corrected until the station's result is certified.

CREATE TABLE parties (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    short_name text NOT NULL UNIQUE,
    full_name text NOT NULL UNIQUE,
    colour text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$')
);

CREATE TABLE wards (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE polling_stations (
    number smallint PRIMARY KEY,
    name text NOT NULL,
    ward_id bigint NOT NULL REFERENCES wards (id),
    registered_voters integer NOT NULL CHECK (registered_voters >= 0),
    ballots_cast integer CHECK (ballots_cast >= 0),
    invalid_ballots integer CHECK (invalid_ballots >= 0),
    counted_at timestamptz,
    certified_at timestamptz,
    CHECK (ballots_cast <= registered_voters),
    CHECK (invalid_ballots <= ballots_cast),
    CHECK (certified_at >= counted_at)
);

CREATE TABLE party_votes (
    station_number smallint NOT NULL REFERENCES polling_stations (number),
    party_id bigint NOT NULL REFERENCES parties (id),
    votes integer NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (station_number, party_id)
);

CREATE INDEX ON polling_stations (ward_id);
CREATE INDEX ON party_votes (party_id);
