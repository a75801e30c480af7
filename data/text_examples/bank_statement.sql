-- Account statement. Header: account holder, IBAN, currency, opening balance, closing balance, period.
--
-- Booking date | Value date | Counterparty | Counterparty IBAN | Purpose | Category | Amount | Balance
--
-- Amounts are signed. Filters for category and date range, a search box over the purpose.

CREATE TABLE holders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE accounts (
    iban text PRIMARY KEY CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'),
    holder_id bigint NOT NULL REFERENCES holders (id),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE statements (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    iban text NOT NULL REFERENCES accounts (iban),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    opening_balance numeric(14, 2) NOT NULL,
    closing_balance numeric(14, 2) NOT NULL,
    UNIQUE (iban, starts_on),
    CHECK (ends_on >= starts_on)
);

CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    statement_id bigint NOT NULL REFERENCES statements (id),
    category_id bigint REFERENCES categories (id),
    booked_on date NOT NULL,
    value_on date NOT NULL,
    counterparty_name text NOT NULL,
    counterparty_iban text,
    purpose text,
    amount numeric(14, 2) NOT NULL CHECK (amount <> 0),
    balance_after numeric(14, 2) NOT NULL
);

CREATE INDEX ON accounts (holder_id);
CREATE INDEX ON bookings (statement_id, booked_on);
CREATE INDEX ON bookings (category_id);
