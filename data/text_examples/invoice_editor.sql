-- Invoice editor for freelancers. Head: invoice number (2024-0117), client (company, billing
-- address, VAT id), issue date, due date, currency, status draft / sent / paid / void. Body: lines
-- that can be dragged: text, quantity, unit (h, day, pc), unit price, VAT %, line total. Foot: net,
-- VAT, total, all computed. Side panel: payments received with date and amount, because clients
-- sometimes pay in parts.

CREATE TABLE clients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_name text NOT NULL,
    billing_address text NOT NULL,
    vat_id text UNIQUE
);

CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_number text NOT NULL UNIQUE CHECK (invoice_number ~ '^[0-9]{4}-[0-9]{4}$'),
    client_id bigint NOT NULL REFERENCES clients (id),
    issued_on date NOT NULL,
    due_on date NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'sent', 'paid', 'void')),
    CHECK (due_on >= issued_on)
);

CREATE TABLE invoice_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id bigint NOT NULL REFERENCES invoices (id) ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position > 0),
    description text NOT NULL,
    quantity numeric(10, 2) NOT NULL,
    unit text NOT NULL CHECK (unit IN ('h', 'day', 'pc')),
    unit_price numeric(12, 2) NOT NULL,
    vat_percent numeric(4, 2) NOT NULL CHECK (vat_percent BETWEEN 0 AND 100),
    line_total numeric(12, 2) GENERATED ALWAYS AS (round(quantity * unit_price, 2)) STORED,
    UNIQUE (invoice_id, position) DEFERRABLE
);

CREATE TABLE invoice_payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id bigint NOT NULL REFERENCES invoices (id),
    paid_on date NOT NULL,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0)
);

CREATE INDEX ON invoices (client_id);
CREATE INDEX ON invoices (status, due_on);
CREATE INDEX ON invoice_payments (invoice_id);
