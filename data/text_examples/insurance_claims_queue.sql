-- Work queue of the motor claims team. On top four tiles: open claims, waiting for the customer, waiting
-- for the surveyor, reserve in total. The table beneath: claim number, policy number, policyholder, date
-- of loss, reported at, cause (collision, theft, glass, hail, fire, other), plate, estimated cost,
-- reserve, status (as on the tiles, or settled, or declined), and the handler's initials. Rows older
-- than 30 days get a red edge. Selecting rows and choosing "Assign to..." gives them to another
-- handler. The paper-clip opens the list of documents: file name, kind (photo, police report, repair
-- estimate, letter), uploaded at.

CREATE TYPE claim_status AS ENUM (
    'open', 'waiting_for_customer', 'waiting_for_surveyor', 'settled', 'declined'
);

CREATE TABLE policyholders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE policies (
    policy_number text PRIMARY KEY,
    policyholder_id bigint NOT NULL REFERENCES policyholders (id),
    plate text NOT NULL
);

CREATE TABLE handlers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    initials text NOT NULL UNIQUE
);

CREATE TABLE claims (
    claim_number text PRIMARY KEY,
    policy_number text NOT NULL REFERENCES policies (policy_number),
    handler_id bigint REFERENCES handlers (id),
    loss_date date NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT now(),
    cause text NOT NULL
        CHECK (cause IN ('collision', 'theft', 'glass', 'hail', 'fire', 'other')),
    estimated_cost numeric(12, 2) CHECK (estimated_cost >= 0),
    reserve numeric(12, 2) NOT NULL DEFAULT 0 CHECK (reserve >= 0),
    status claim_status NOT NULL DEFAULT 'open'
);

CREATE TABLE claim_documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_number text NOT NULL REFERENCES claims (claim_number) ON DELETE CASCADE,
    file_name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('photo', 'police_report', 'repair_estimate', 'letter')),
    uploaded_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON policies (policyholder_id);
CREATE INDEX ON claims (policy_number);
CREATE INDEX ON claims (handler_id);
CREATE INDEX ON claims (status, reported_at);
CREATE INDEX ON claim_documents (claim_number);
