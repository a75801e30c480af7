CREATE TYPE donor_kind AS ENUM ('individual', 'company', 'foundation', 'legacy');
CREATE TYPE giving_channel AS ENUM ('online', 'bank', 'cash', 'cheque', 'event');
CREATE TYPE campaign_status AS ENUM ('draft', 'running', 'paused', 'closed');
CREATE TYPE pledge_frequency AS ENUM ('monthly', 'quarterly', 'yearly');
CREATE TYPE shift_state AS ENUM ('open', 'filled', 'completed', 'cancelled');

CREATE TABLE funds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    purpose text,
    is_restricted boolean NOT NULL DEFAULT false
);

CREATE TABLE donors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    donor_number text NOT NULL UNIQUE,
    kind donor_kind NOT NULL DEFAULT 'individual',
    first_name text,
    last_name text NOT NULL,
    organisation text,
    email text UNIQUE,
    phone text,
    street text,
    postcode text,
    city text,
    wants_newsletter boolean NOT NULL DEFAULT false,
    gift_aid_since date
);
CREATE INDEX donors_last_name_idx ON donors (last_name, first_name);
COMMENT ON COLUMN donors.gift_aid_since IS 'Day of the tax declaration; empty if there is none';

CREATE TABLE campaigns (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL UNIQUE,
    fund_id bigint NOT NULL REFERENCES funds (id),
    status campaign_status NOT NULL DEFAULT 'draft',
    goal numeric(12,2) NOT NULL CHECK (goal > 0),
    raised numeric(12,2) NOT NULL DEFAULT 0 CHECK (raised >= 0),
    launched_on date NOT NULL,
    ends_on date,
    story text,
    CHECK (ends_on > launched_on)
);
CREATE INDEX campaigns_fund_id_idx ON campaigns (fund_id);

CREATE TABLE pledges (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    donor_id bigint NOT NULL REFERENCES donors (id) ON DELETE CASCADE,
    campaign_id bigint REFERENCES campaigns (id) ON DELETE SET NULL,
    amount numeric(10,2) NOT NULL CHECK (amount > 0),
    frequency pledge_frequency NOT NULL DEFAULT 'monthly',
    first_due_on date NOT NULL,
    cancelled_on date,
    iban text,
    CHECK (cancelled_on >= first_due_on)
);
CREATE INDEX pledges_donor_id_idx ON pledges (donor_id);
CREATE INDEX pledges_campaign_id_idx ON pledges (campaign_id);

CREATE TABLE donations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    receipt_number text NOT NULL UNIQUE,
    donor_id bigint REFERENCES donors (id),
    campaign_id bigint NOT NULL REFERENCES campaigns (id),
    pledge_id bigint REFERENCES pledges (id) ON DELETE SET NULL,
    amount numeric(10,2) NOT NULL CHECK (amount > 0),
    received_on date NOT NULL,
    channel giving_channel NOT NULL DEFAULT 'online',
    is_anonymous boolean NOT NULL DEFAULT false,
    thanked_on date,
    message text,
    CHECK (thanked_on >= received_on)
);
CREATE INDEX donations_donor_id_idx ON donations (donor_id, received_on DESC);
CREATE INDEX donations_campaign_id_idx ON donations (campaign_id);
COMMENT ON COLUMN donations.donor_id IS 'Empty for coins in the box';

CREATE TABLE volunteers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    mobile text NOT NULL,
    birth_date date,
    emergency_contact text,
    background_check_on date,
    is_active boolean NOT NULL DEFAULT true
);

CREATE TABLE skills (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE volunteer_skills (
    volunteer_id bigint NOT NULL REFERENCES volunteers (id) ON DELETE CASCADE,
    skill_id bigint NOT NULL REFERENCES skills (id) ON DELETE CASCADE,
    PRIMARY KEY (volunteer_id, skill_id)
);
CREATE INDEX volunteer_skills_skill_id_idx ON volunteer_skills (skill_id);

CREATE TABLE shifts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    campaign_id bigint REFERENCES campaigns (id) ON DELETE SET NULL,
    place text NOT NULL,
    skill_id bigint REFERENCES skills (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    places_needed integer NOT NULL DEFAULT 1 CHECK (places_needed > 0),
    state shift_state NOT NULL DEFAULT 'open',
    coordinator_id bigint NOT NULL REFERENCES volunteers (id),
    CHECK (ends_at > starts_at)
);
CREATE INDEX shifts_starts_at_idx ON shifts (starts_at);

CREATE TABLE shift_signups (
    shift_id bigint NOT NULL REFERENCES shifts (id) ON DELETE CASCADE,
    volunteer_id bigint NOT NULL REFERENCES volunteers (id) ON DELETE CASCADE,
    hours_worked numeric(4,1) CHECK (hours_worked >= 0),
    showed_up boolean,
    PRIMARY KEY (shift_id, volunteer_id)
);
CREATE INDEX shift_signups_volunteer_id_idx ON shift_signups (volunteer_id);
