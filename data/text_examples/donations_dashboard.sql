-- Dashboard of a small charity.
-- * Three big numbers: raised this month, active monthly donors, average gift.
-- * Bar chart: gifts a month over the last two years, one colour a campaign.
-- * Table "Latest gifts": date, donor (or "anonymous"), amount, currency, campaign, how paid (card, bank
--   transfer, cash, PayPal), whether a receipt was sent.
-- * Table "Standing gifts": donor, amount, every month / quarter / year, next due, paused?
-- * Progress ring a campaign: goal against raised, ends on.

CREATE TABLE donors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE campaigns (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    goal numeric(12, 2) NOT NULL CHECK (goal > 0),
    ends_on date
);

CREATE TABLE standing_gifts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    donor_id bigint NOT NULL REFERENCES donors (id),
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    frequency text NOT NULL CHECK (frequency IN ('month', 'quarter', 'year')),
    next_due_on date NOT NULL,
    is_paused boolean NOT NULL DEFAULT false
);

CREATE TABLE gifts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    donor_id bigint REFERENCES donors (id),
    campaign_id bigint REFERENCES campaigns (id),
    given_on date NOT NULL,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    payment_method text NOT NULL
        CHECK (payment_method IN ('card', 'bank_transfer', 'cash', 'paypal')),
    receipt_sent_at timestamptz
);

COMMENT ON COLUMN gifts.donor_id IS 'Empty for an anonymous gift.';

CREATE INDEX ON standing_gifts (donor_id);
CREATE INDEX ON standing_gifts (next_due_on) WHERE NOT is_paused;
CREATE INDEX ON gifts (donor_id);
CREATE INDEX ON gifts (campaign_id);
CREATE INDEX ON gifts (given_on);
