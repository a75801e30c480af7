-- Map with a list beside it. Each list entry: plate, driver now at the wheel, speed, ignition on/off, last
-- seen "2 min ago", fuel %. Selecting a vehicle draws today's track on the map and shows its trips (from,
-- to, km, minutes, harsh brakings). Alerts appear at the bottom: speeding, left the geofence, low battery,
-- towing; each can be acknowledged by a dispatcher. The trackers report every 10 seconds, about 300
-- vehicles.

CREATE TABLE vehicles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plate text NOT NULL UNIQUE
);

CREATE TABLE drivers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE dispatchers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE trips (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id bigint NOT NULL REFERENCES vehicles (id),
    driver_id bigint REFERENCES drivers (id),
    origin text NOT NULL,
    destination text,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    distance_km numeric(8, 2) CHECK (distance_km >= 0),
    harsh_brakings smallint NOT NULL DEFAULT 0 CHECK (harsh_brakings >= 0),
    CHECK (ended_at > started_at)
);

CREATE TABLE positions (
    vehicle_id bigint NOT NULL REFERENCES vehicles (id) ON DELETE CASCADE,
    reported_at timestamptz NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    speed_kmh smallint NOT NULL CHECK (speed_kmh >= 0),
    ignition_on boolean NOT NULL,
    fuel_percent smallint CHECK (fuel_percent BETWEEN 0 AND 100),
    PRIMARY KEY (vehicle_id, reported_at)
);

CREATE TABLE alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id bigint NOT NULL REFERENCES vehicles (id),
    kind text NOT NULL CHECK (kind IN ('speeding', 'left_geofence', 'low_battery', 'towing')),
    raised_at timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz,
    acknowledged_by bigint REFERENCES dispatchers (id),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);

CREATE UNIQUE INDEX trips_one_running_per_vehicle ON trips (vehicle_id) WHERE ended_at IS NULL;
CREATE INDEX ON trips (vehicle_id, started_at);
CREATE INDEX ON trips (driver_id);
CREATE INDEX ON alerts (vehicle_id);
CREATE INDEX ON alerts (acknowledged_by);
CREATE INDEX ON alerts (raised_at) WHERE acknowledged_at IS NULL;
