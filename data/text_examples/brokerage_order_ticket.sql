-- Order ticket of a broker:
-- - Instrument * (type-ahead over symbol, ISIN or name; shows the exchange and the currency)
-- - Side * : buy | sell
-- - Order type * : market | limit | stop | stop-limit
-- - Quantity * (fractions allowed, up to 6 decimals)
-- - Limit price, only for limit and stop-limit
-- - Stop price, only for stop and stop-limit
-- - Time in force * : day | good till cancelled | immediate or cancel
-- - Account * (drop-down of the customer's accounts)
--
-- Beneath it "Today's orders" with the state (open, partly filled, filled, cancelled, rejected) and, when
-- unfolded, every execution: time, quantity, price, fee.

CREATE TYPE order_side AS ENUM ('buy', 'sell');
CREATE TYPE order_type AS ENUM ('market', 'limit', 'stop', 'stop_limit');
CREATE TYPE time_in_force AS ENUM ('day', 'good_till_cancelled', 'immediate_or_cancel');
CREATE TYPE order_status AS ENUM ('open', 'partly_filled', 'filled', 'cancelled', 'rejected');

CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL
);

CREATE TABLE accounts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id uuid NOT NULL REFERENCES customers (id),
    account_number text NOT NULL UNIQUE
);

CREATE TABLE instruments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    isin text NOT NULL CHECK (isin ~ '^[A-Z]{2}[A-Z0-9]{9}[0-9]$'),
    symbol text NOT NULL,
    exchange text NOT NULL,
    name text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    UNIQUE (exchange, symbol),
    UNIQUE (isin, exchange)
);

CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES accounts (id),
    instrument_id uuid NOT NULL REFERENCES instruments (id),
    side order_side NOT NULL,
    type order_type NOT NULL,
    quantity numeric(18, 6) NOT NULL CHECK (quantity > 0),
    limit_price numeric(18, 6) CHECK (limit_price > 0),
    stop_price numeric(18, 6) CHECK (stop_price > 0),
    time_in_force time_in_force NOT NULL DEFAULT 'day',
    status order_status NOT NULL DEFAULT 'open',
    placed_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((type IN ('limit', 'stop_limit')) = (limit_price IS NOT NULL)),
    CHECK ((type IN ('stop', 'stop_limit')) = (stop_price IS NOT NULL))
);

CREATE TABLE executions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id uuid NOT NULL REFERENCES orders (id),
    executed_at timestamptz NOT NULL,
    quantity numeric(18, 6) NOT NULL CHECK (quantity > 0),
    price numeric(18, 6) NOT NULL CHECK (price > 0),
    fee numeric(12, 2) NOT NULL DEFAULT 0 CHECK (fee >= 0)
);

CREATE INDEX ON accounts (customer_id);
CREATE INDEX ON orders (account_id, placed_at);
CREATE INDEX ON orders (instrument_id);
CREATE INDEX ON executions (order_id);
