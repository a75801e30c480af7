-- Hearing list, district court, sorted by time then courtroom:
--
-- Case no. | Kind (civil, criminal, family, labour) | Parties | Judge | Courtroom | Date | Time | Est.
-- minutes | Subject | Status (listed, adjourned, heard, settled)
--
-- Parties: every party has a role (claimant, defendant, prosecutor, intervener) and may be represented by a
-- lawyer, who belongs to a firm.

CREATE TYPE case_kind AS ENUM ('civil', 'criminal', 'family', 'labour');
CREATE TYPE party_role AS ENUM ('claimant', 'defendant', 'prosecutor', 'intervener');
CREATE TYPE hearing_status AS ENUM ('listed', 'adjourned', 'heard', 'settled');

CREATE TABLE judges (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE court_cases (
    case_number text PRIMARY KEY,
    kind case_kind NOT NULL,
    judge_id bigint NOT NULL REFERENCES judges (id),
    subject text NOT NULL
);

CREATE TABLE law_firms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE lawyers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    law_firm_id bigint NOT NULL REFERENCES law_firms (id),
    full_name text NOT NULL
);

CREATE TABLE case_parties (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_number text NOT NULL REFERENCES court_cases (case_number) ON DELETE CASCADE,
    role party_role NOT NULL,
    name text NOT NULL,
    lawyer_id bigint REFERENCES lawyers (id),
    UNIQUE (case_number, role, name)
);

CREATE TABLE courtrooms (
    number text PRIMARY KEY
);

CREATE TABLE hearings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_number text NOT NULL REFERENCES court_cases (case_number),
    courtroom_number text NOT NULL REFERENCES courtrooms (number),
    hearing_date date NOT NULL,
    starts_at time NOT NULL,
    estimated_minutes smallint NOT NULL CHECK (estimated_minutes > 0),
    status hearing_status NOT NULL DEFAULT 'listed',
    UNIQUE (case_number, hearing_date, starts_at)
);

CREATE INDEX ON court_cases (judge_id);
CREATE INDEX ON lawyers (law_firm_id);
CREATE INDEX ON case_parties (lawyer_id);
CREATE INDEX ON hearings (courtroom_number);
CREATE INDEX ON hearings (hearing_date, starts_at, courtroom_number);
