-- Coffee shop loyalty screen: type the phone number, see the stamps, add one, the tenth is a free drink.
-- Needs to know which shop gave the stamp.

CREATE TABLE shops (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE loyalty_cards (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone text NOT NULL UNIQUE
);

CREATE TABLE stamps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loyalty_card_id bigint NOT NULL REFERENCES loyalty_cards (id) ON DELETE CASCADE,
    shop_id bigint NOT NULL REFERENCES shops (id),
    stamped_at timestamptz NOT NULL DEFAULT now(),
    redeemed_at timestamptz
);

COMMENT ON COLUMN stamps.redeemed_at IS 'Set on ten stamps at once when the free drink is given.';

CREATE INDEX ON stamps (loyalty_card_id, stamped_at);
CREATE INDEX ON stamps (shop_id);
