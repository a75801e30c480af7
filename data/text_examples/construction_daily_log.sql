-- Site diary, one page a day and site
-- - Site * / Date *
-- - Weather: morning and afternoon, each: dry, rain, snow, frost, wind; temperature in C
-- - Crews on site: company, trade, number of workers, hours
-- - Deliveries: supplier, material, quantity, unit, delivery note no.
-- - Work done (free text)
-- - Obstructions (free text, may be empty)
-- - Signed by site manager, at
-- The same day cannot be written twice for a site.

CREATE TYPE weather AS ENUM ('dry', 'rain', 'snow', 'frost', 'wind');

CREATE TABLE sites (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE companies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE daily_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id bigint NOT NULL REFERENCES sites (id),
    log_date date NOT NULL,
    morning_weather weather,
    morning_temperature_c numeric(4, 1),
    afternoon_weather weather,
    afternoon_temperature_c numeric(4, 1),
    work_done text,
    obstructions text,
    signed_by text,
    signed_at timestamptz,
    UNIQUE (site_id, log_date),
    CHECK ((signed_by IS NULL) = (signed_at IS NULL))
);

CREATE TABLE crews (
    daily_log_id bigint NOT NULL REFERENCES daily_logs (id) ON DELETE CASCADE,
    company_id bigint NOT NULL REFERENCES companies (id),
    trade text NOT NULL,
    workers smallint NOT NULL CHECK (workers > 0),
    hours numeric(4, 2) NOT NULL CHECK (hours > 0 AND hours <= 24),
    PRIMARY KEY (daily_log_id, company_id, trade)
);

CREATE TABLE deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    daily_log_id bigint NOT NULL REFERENCES daily_logs (id) ON DELETE CASCADE,
    supplier_id bigint NOT NULL REFERENCES companies (id),
    material text NOT NULL,
    quantity numeric(12, 3) NOT NULL CHECK (quantity > 0),
    unit text NOT NULL,
    delivery_note_number text
);

CREATE INDEX ON crews (company_id);
CREATE INDEX ON deliveries (daily_log_id);
CREATE INDEX ON deliveries (supplier_id);
