-- As customer service I want to find an order by number or e-mail and start a return from it, so
-- that the warehouse knows what comes back. For each ordered article (name, size, quantity, price)
-- I pick how many come back and why (too small, too large, damaged, wrong article, changed mind).
-- The return gets an RMA number and a parcel label with tracking number. The warehouse then enters
-- per article the condition (as new, worn, defective) and whether it goes back to stock. The refund
-- shows amount, method and when it was paid; one return, at most one refund.

CREATE TYPE return_reason AS ENUM (
    'too_small', 'too_large', 'damaged', 'wrong_article', 'changed_mind'
);
CREATE TYPE article_condition AS ENUM ('as_new', 'worn', 'defective');

CREATE TABLE orders (
    order_number bigint PRIMARY KEY,
    customer_email text NOT NULL
);

CREATE TABLE order_lines (
    order_number bigint NOT NULL REFERENCES orders (order_number) ON DELETE CASCADE,
    line_number smallint NOT NULL CHECK (line_number > 0),
    article_name text NOT NULL,
    size text,
    quantity smallint NOT NULL CHECK (quantity > 0),
    unit_price numeric(10, 2) NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (order_number, line_number)
);

CREATE TABLE returns (
    rma_number text PRIMARY KEY,
    order_number bigint NOT NULL REFERENCES orders (order_number),
    tracking_number text UNIQUE,
    UNIQUE (rma_number, order_number)
);

CREATE TABLE return_lines (
    rma_number text NOT NULL,
    order_number bigint NOT NULL,
    line_number smallint NOT NULL,
    quantity smallint NOT NULL CHECK (quantity > 0),
    reason return_reason NOT NULL,
    condition article_condition,
    is_restocked boolean,
    PRIMARY KEY (rma_number, line_number),
    FOREIGN KEY (rma_number, order_number)
        REFERENCES returns (rma_number, order_number) ON DELETE CASCADE,
    FOREIGN KEY (order_number, line_number)
        REFERENCES order_lines (order_number, line_number)
);

CREATE TABLE refunds (
    rma_number text PRIMARY KEY REFERENCES returns (rma_number),
    amount numeric(10, 2) NOT NULL CHECK (amount > 0),
    method text NOT NULL,
    paid_at timestamptz
);

CREATE INDEX ON orders (lower(customer_email));
CREATE INDEX ON returns (order_number);
CREATE INDEX ON return_lines (rma_number, order_number);
CREATE INDEX ON return_lines (order_number, line_number);
