-- Sample 24-01833 · Water, tap · Client: Nordhafen Utilities · Drawn 06:40 · Received 09:15
--
-- Parameter      Method        Result   Unit    Limit          Flag    Analyst   Validated
-- Nitrate        ISO 10304-1    12.4    mg/L    <= 50                  JK        yes
-- Lead           ISO 17294-2    11.8    ug/L    <= 10          HIGH    JK        no
-- pH             ISO 10523       7.9            6.5 - 9.5              MT        yes
-- E. coli        ISO 9308-1     n.d.    /100mL  <= 0                   MT        yes
--
-- "n.d." = not detectable. The limits depend on the matrix (tap water, waste water, soil).

CREATE TABLE clients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE matrices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE samples (
    sample_number text PRIMARY KEY,
    client_id bigint NOT NULL REFERENCES clients (id),
    matrix_id bigint NOT NULL REFERENCES matrices (id),
    drawn_at timestamptz NOT NULL,
    received_at timestamptz,
    CHECK (received_at >= drawn_at)
);

CREATE TABLE parameters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    method text NOT NULL,
    unit text
);

CREATE TABLE limits (
    matrix_id bigint NOT NULL REFERENCES matrices (id),
    parameter_id bigint NOT NULL REFERENCES parameters (id),
    lower_bound numeric,
    upper_bound numeric,
    PRIMARY KEY (matrix_id, parameter_id),
    CHECK (lower_bound IS NOT NULL OR upper_bound IS NOT NULL),
    CHECK (upper_bound >= lower_bound)
);

CREATE TABLE analysts (
    initials text PRIMARY KEY
);

CREATE TABLE results (
    sample_number text NOT NULL REFERENCES samples (sample_number) ON DELETE CASCADE,
    parameter_id bigint NOT NULL REFERENCES parameters (id),
    analyst_initials text NOT NULL REFERENCES analysts (initials),
    value numeric,
    is_detectable boolean NOT NULL DEFAULT true,
    is_validated boolean NOT NULL DEFAULT false,
    PRIMARY KEY (sample_number, parameter_id),
    CHECK (is_detectable = (value IS NOT NULL))
);

CREATE INDEX ON samples (client_id);
CREATE INDEX ON samples (matrix_id);
CREATE INDEX ON limits (parameter_id);
CREATE INDEX ON results (parameter_id);
CREATE INDEX ON results (analyst_initials);
