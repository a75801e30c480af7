-- Pricing page. Toggle "monthly / yearly", currency picker (EUR, USD, GBP). Four cards: name, one
-- line who it is for, price in the chosen currency and interval, "Most popular" ribbon on one of
-- them, button text. The comparison below lists features under headings (Collaboration, Security,
-- Support); a plan either has the feature, has it not, or has a limit such as "10 GB" or "5 seats".

CREATE TABLE plans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    tagline text NOT NULL,
    button_text text NOT NULL,
    position smallint NOT NULL UNIQUE,
    is_most_popular boolean NOT NULL DEFAULT false
);

CREATE TABLE plan_prices (
    plan_id bigint NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    currency text NOT NULL CHECK (currency IN ('EUR', 'USD', 'GBP')),
    billing_interval text NOT NULL CHECK (billing_interval IN ('month', 'year')),
    price numeric(10, 2) NOT NULL CHECK (price >= 0),
    PRIMARY KEY (plan_id, currency, billing_interval)
);

CREATE TABLE feature_groups (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    position smallint NOT NULL UNIQUE
);

CREATE TABLE features (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feature_group_id bigint NOT NULL REFERENCES feature_groups (id),
    name text NOT NULL,
    position smallint NOT NULL,
    UNIQUE (feature_group_id, name),
    UNIQUE (feature_group_id, position)
);

CREATE TABLE plan_features (
    plan_id bigint NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    feature_id bigint NOT NULL REFERENCES features (id) ON DELETE CASCADE,
    limit_text text,
    PRIMARY KEY (plan_id, feature_id)
);

COMMENT ON TABLE plan_features IS 'A row means the plan has the feature, perhaps up to a limit.';

CREATE UNIQUE INDEX plans_one_most_popular ON plans (is_most_popular) WHERE is_most_popular;
CREATE INDEX ON plan_features (feature_id);
