-- Flats and houses on a map, price bubbles, list on the right. Filters: buy or rent, type (flat,
-- house, plot), price from / to, living area m2, rooms from, features (balcony, lift, garden,
-- garage, cellar), energy class A+ to H. A card: photos, title, address, price, area, rooms, "new"
-- for three days, agent with phone and agency logo. Signed-in users save a search under a name and
-- get an e-mail daily or at once, and keep favourites.

CREATE TABLE agencies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    logo_url text
);

CREATE TABLE agents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id bigint NOT NULL REFERENCES agencies (id),
    full_name text NOT NULL,
    phone text NOT NULL
);

CREATE TABLE listings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id bigint NOT NULL REFERENCES agents (id),
    offer text NOT NULL CHECK (offer IN ('buy', 'rent')),
    kind text NOT NULL CHECK (kind IN ('flat', 'house', 'plot')),
    title text NOT NULL,
    address text NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    price numeric(12, 2) NOT NULL CHECK (price > 0),
    area_m2 numeric(8, 2) CHECK (area_m2 > 0),
    rooms numeric(3, 1) CHECK (rooms > 0),
    features text[] NOT NULL DEFAULT '{}'
        CHECK (features <@ ARRAY['balcony', 'lift', 'garden', 'garage', 'cellar']),
    energy_class text
        CHECK (energy_class IN ('A+', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H')),
    published_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE listing_photos (
    listing_id bigint NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position > 0),
    url text NOT NULL,
    PRIMARY KEY (listing_id, position)
);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE
);

CREATE TABLE favourites (
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    listing_id bigint NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, listing_id)
);

CREATE TABLE saved_searches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    filters jsonb NOT NULL,
    notify text NOT NULL CHECK (notify IN ('daily', 'at_once')),
    UNIQUE (user_id, name)
);

CREATE INDEX ON agents (agency_id);
CREATE INDEX ON listings (agent_id);
CREATE INDEX ON listings (offer, kind, price);
CREATE INDEX ON listings (latitude, longitude);
CREATE INDEX ON listings USING gin (features);
CREATE INDEX ON favourites (listing_id);
