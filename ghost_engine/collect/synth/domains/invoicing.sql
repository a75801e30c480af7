CREATE TYPE invoice_status AS ENUM ('draft', 'sent', 'partially_paid', 'paid', 'overdue', 'void');
CREATE TYPE payment_method AS ENUM ('bank_transfer', 'card', 'direct_debit', 'cash', 'cheque');
CREATE TYPE billing_unit AS ENUM ('hour', 'day', 'piece', 'flat', 'month');
CREATE TYPE estimate_status AS ENUM ('open', 'accepted', 'declined', 'expired');

CREATE TABLE company_settings (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    legal_name text NOT NULL,
    street text NOT NULL,
    postcode text NOT NULL,
    city text NOT NULL,
    vat_number text,
    iban text,
    bic text,
    default_payment_days smallint NOT NULL DEFAULT 14 CHECK (default_payment_days BETWEEN 0 AND 120),
    next_invoice_number integer NOT NULL DEFAULT 1,
    is_small_business boolean NOT NULL DEFAULT false,
    send_reminders boolean NOT NULL DEFAULT true,
    footer_text text
);
COMMENT ON TABLE company_settings IS 'Exactly one row';

CREATE TABLE tax_rates (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    percent numeric(4,1) NOT NULL CHECK (percent >= 0 AND percent < 100),
    is_default boolean NOT NULL DEFAULT false
);

CREATE TABLE clients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_number text NOT NULL UNIQUE,
    name text NOT NULL,
    contact_person text,
    email text,
    billing_street text,
    billing_postcode text,
    billing_city text,
    country text NOT NULL,
    vat_number text,
    payment_days smallint NOT NULL DEFAULT 14,
    currency varchar(3) NOT NULL DEFAULT 'EUR' CHECK (currency IN ('EUR', 'CHF', 'GBP', 'USD')),
    is_archived boolean NOT NULL DEFAULT false
);
CREATE INDEX clients_name_idx ON clients (name) WHERE NOT is_archived;

CREATE TABLE services (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    unit billing_unit NOT NULL DEFAULT 'hour',
    net_price numeric(10,2) NOT NULL CHECK (net_price >= 0),
    tax_rate_id text NOT NULL REFERENCES tax_rates (code),
    is_active boolean NOT NULL DEFAULT true
);

CREATE TABLE estimates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    estimate_number text NOT NULL UNIQUE,
    client_id bigint NOT NULL REFERENCES clients (id),
    title text NOT NULL,
    issued_on date NOT NULL,
    valid_until date,
    status estimate_status NOT NULL DEFAULT 'open',
    net_total numeric(12,2) NOT NULL DEFAULT 0,
    CHECK (valid_until >= issued_on)
);
CREATE INDEX estimates_client_id_idx ON estimates (client_id);

CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_number text NOT NULL UNIQUE,
    client_id bigint NOT NULL REFERENCES clients (id) ON DELETE RESTRICT,
    estimate_id bigint REFERENCES estimates (id) ON DELETE SET NULL,
    corrects_id bigint REFERENCES invoices (id),
    status invoice_status NOT NULL DEFAULT 'draft',
    issued_on date NOT NULL,
    due_on date NOT NULL,
    service_period text,
    po_reference text,
    net_total numeric(12,2) NOT NULL DEFAULT 0,
    intro_text text,
    CHECK (due_on >= issued_on)
);
CREATE INDEX invoices_client_id_idx ON invoices (client_id);
CREATE INDEX invoices_due_on_idx ON invoices (due_on) WHERE status = 'sent';
COMMENT ON COLUMN invoices.corrects_id IS 'Set on a credit note';

CREATE TABLE invoice_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id bigint NOT NULL REFERENCES invoices (id) ON DELETE CASCADE,
    service_id bigint REFERENCES services (id) ON DELETE SET NULL,
    description text NOT NULL,
    quantity numeric(8,2) NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit billing_unit NOT NULL DEFAULT 'hour',
    unit_price numeric(10,2) NOT NULL,
    tax_rate_id text NOT NULL REFERENCES tax_rates (code),
    line_total numeric(12,2) NOT NULL
);
CREATE INDEX invoice_lines_invoice_id_idx ON invoice_lines (invoice_id);

CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id bigint NOT NULL REFERENCES invoices (id),
    received_on date NOT NULL,
    amount numeric(12,2) NOT NULL CHECK (amount <> 0),
    method payment_method NOT NULL DEFAULT 'bank_transfer',
    bank_reference text
);
CREATE INDEX payments_invoice_id_idx ON payments (invoice_id);

CREATE TABLE reminders (
    invoice_id bigint NOT NULL REFERENCES invoices (id) ON DELETE CASCADE,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
    sent_on date NOT NULL,
    fee numeric(6,2) NOT NULL DEFAULT 0 CHECK (fee >= 0),
    PRIMARY KEY (invoice_id, level)
);

CREATE TABLE expenses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    spent_on date NOT NULL,
    vendor text NOT NULL,
    category text NOT NULL,
    gross_amount numeric(10,2) NOT NULL CHECK (gross_amount > 0),
    tax_rate_id text REFERENCES tax_rates (code),
    client_id bigint REFERENCES clients (id) ON DELETE SET NULL,
    is_rebillable boolean NOT NULL DEFAULT false,
    receipt_number text
);
CREATE INDEX expenses_spent_on_idx ON expenses (spent_on DESC);
