-- A map of seismic stations, triangles coloured by health: ok, noisy, silent. Popup: network and
-- station code (GE.MORC), coordinates, elevation m, installed, and its channels (HHZ, HHN, HHE)
-- with sample rate and gain. Stars are earthquakes: origin time, magnitude and its type (ML, Mw,
-- mb), depth km, region. The panel of an event lists picks: station, channel, phase P or S, arrival
-- time, residual seconds, automatic or reviewed.

CREATE TABLE stations (
    network_code text NOT NULL,
    station_code text NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    elevation_m real NOT NULL,
    installed_on date NOT NULL,
    health text NOT NULL CHECK (health IN ('ok', 'noisy', 'silent')),
    PRIMARY KEY (network_code, station_code)
);

CREATE TABLE channels (
    network_code text NOT NULL,
    station_code text NOT NULL,
    channel_code text NOT NULL CHECK (channel_code ~ '^[A-Z0-9]{3}$'),
    sample_rate_hz real NOT NULL CHECK (sample_rate_hz > 0),
    gain double precision NOT NULL,
    PRIMARY KEY (network_code, station_code, channel_code),
    FOREIGN KEY (network_code, station_code)
        REFERENCES stations (network_code, station_code) ON DELETE CASCADE
);

CREATE TABLE earthquakes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin_time timestamptz NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    depth_km real NOT NULL,
    magnitude numeric(3, 1) NOT NULL,
    magnitude_type text NOT NULL CHECK (magnitude_type IN ('ML', 'Mw', 'mb')),
    region text NOT NULL
);

CREATE TABLE picks (
    earthquake_id bigint NOT NULL REFERENCES earthquakes (id) ON DELETE CASCADE,
    network_code text NOT NULL,
    station_code text NOT NULL,
    channel_code text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('P', 'S')),
    arrived_at timestamptz NOT NULL,
    residual_seconds real,
    is_reviewed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (earthquake_id, network_code, station_code, channel_code, phase),
    FOREIGN KEY (network_code, station_code, channel_code)
        REFERENCES channels (network_code, station_code, channel_code)
);

CREATE INDEX ON earthquakes (origin_time);
CREATE INDEX ON picks (network_code, station_code, channel_code);
