-- Street search, then a calendar that shows on which days which bin (paper, organic, residual, plastics)
-- is emptied there. Holidays shift a pickup.

CREATE TABLE streets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE pickups (
    street_id bigint NOT NULL REFERENCES streets (id) ON DELETE CASCADE,
    bin text NOT NULL CHECK (bin IN ('paper', 'organic', 'residual', 'plastics')),
    regular_on date NOT NULL,
    shifted_to date,
    PRIMARY KEY (street_id, bin, regular_on)
);
