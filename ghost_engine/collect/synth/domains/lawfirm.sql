CREATE TYPE party_kind AS ENUM ('person', 'company', 'public_body');
CREATE TYPE matter_status AS ENUM ('intake', 'open', 'pending_court', 'on_hold', 'closed');
CREATE TYPE billing_method AS ENUM ('hourly', 'fixed_fee', 'contingency', 'pro_bono');
CREATE TYPE invoice_status AS ENUM ('draft', 'sent', 'part_paid', 'paid', 'overdue', 'written_off');
CREATE TYPE document_kind AS ENUM ('contract', 'pleading', 'letter', 'evidence', 'judgment', 'memo');

CREATE TABLE practice_area (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE lawyer (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    initials text NOT NULL UNIQUE CHECK (length(initials) BETWEEN 2 AND 4),
    full_name text NOT NULL,
    job_title text NOT NULL,
    practice_area_id integer REFERENCES practice_area (id),
    email text NOT NULL UNIQUE,
    direct_line text,
    hourly_rate numeric(8,2) NOT NULL CHECK (hourly_rate > 0),
    admitted_on date
);

CREATE TABLE client (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_number text NOT NULL UNIQUE,
    kind party_kind NOT NULL DEFAULT 'person',
    name text NOT NULL,
    contact_person text,
    email text,
    phone text,
    street text,
    city text,
    tax_number text,
    conflict_checked_on date,
    responsible_lawyer_id integer NOT NULL REFERENCES lawyer (id)
);
CREATE INDEX client_name_idx ON client (name);
CREATE INDEX client_responsible_lawyer_id_idx ON client (responsible_lawyer_id);

CREATE TABLE court (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    city text NOT NULL,
    filing_email text
);

CREATE TABLE matter (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_number text NOT NULL UNIQUE,
    client_id integer NOT NULL REFERENCES client (id),
    parent_matter_id integer REFERENCES matter (id) ON DELETE SET NULL,
    title text NOT NULL,
    opposing_party text,
    practice_area_id integer NOT NULL REFERENCES practice_area (id),
    lead_lawyer_id integer NOT NULL REFERENCES lawyer (id),
    court_id integer REFERENCES court (id),
    court_reference text,
    status matter_status NOT NULL DEFAULT 'intake',
    billing billing_method NOT NULL DEFAULT 'hourly',
    amount_in_dispute numeric(14,2) CHECK (amount_in_dispute >= 0),
    opened_on date NOT NULL,
    limitation_on date,
    is_confidential boolean NOT NULL DEFAULT false
);
CREATE INDEX matter_client_id_idx ON matter (client_id);
CREATE INDEX matter_lead_lawyer_id_idx ON matter (lead_lawyer_id) WHERE status <> 'closed';
COMMENT ON COLUMN matter.limitation_on IS 'The claim is barred after this day';

CREATE TABLE matter_lawyer (
    matter_id integer NOT NULL REFERENCES matter (id) ON DELETE CASCADE,
    lawyer_id integer NOT NULL REFERENCES lawyer (id),
    PRIMARY KEY (matter_id, lawyer_id)
);
CREATE INDEX matter_lawyer_lawyer_id_idx ON matter_lawyer (lawyer_id);

CREATE TABLE hearing (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    matter_id integer NOT NULL REFERENCES matter (id) ON DELETE CASCADE,
    court_id integer NOT NULL REFERENCES court (id),
    lawyer_id integer NOT NULL REFERENCES lawyer (id),
    held_at timestamptz NOT NULL,
    courtroom text,
    judge text,
    purpose text NOT NULL,
    client_must_attend boolean NOT NULL DEFAULT false,
    outcome text
);
CREATE INDEX hearing_matter_id_idx ON hearing (matter_id);
CREATE INDEX hearing_held_at_idx ON hearing (held_at);

CREATE TABLE document (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    matter_id integer NOT NULL REFERENCES matter (id) ON DELETE CASCADE,
    author_id integer REFERENCES lawyer (id) ON DELETE SET NULL,
    kind document_kind NOT NULL,
    title text NOT NULL,
    file_name text NOT NULL,
    pages integer CHECK (pages > 0),
    dated_on date NOT NULL,
    is_privileged boolean NOT NULL DEFAULT true
);
CREATE INDEX document_matter_id_idx ON document (matter_id, dated_on DESC);

CREATE TABLE invoice (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_number text NOT NULL UNIQUE,
    matter_id integer NOT NULL REFERENCES matter (id),
    issued_on date NOT NULL,
    due_on date NOT NULL,
    status invoice_status NOT NULL DEFAULT 'draft',
    fees numeric(12,2) NOT NULL DEFAULT 0 CHECK (fees >= 0),
    disbursements numeric(12,2) NOT NULL DEFAULT 0 CHECK (disbursements >= 0),
    vat_rate numeric(4,1) NOT NULL DEFAULT 19 CHECK (vat_rate BETWEEN 0 AND 30),
    CHECK (due_on >= issued_on)
);
CREATE INDEX invoice_matter_id_idx ON invoice (matter_id);

CREATE TABLE time_entry (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    matter_id integer NOT NULL REFERENCES matter (id) ON DELETE CASCADE,
    lawyer_id integer NOT NULL REFERENCES lawyer (id),
    invoice_id integer REFERENCES invoice (id) ON DELETE SET NULL,
    worked_on date NOT NULL,
    minutes integer NOT NULL CHECK (minutes > 0),
    rate numeric(8,2) NOT NULL CHECK (rate >= 0),
    amount numeric(10,2) NOT NULL CHECK (amount >= 0),
    narrative text NOT NULL,
    is_billable boolean NOT NULL DEFAULT true
);
CREATE INDEX time_entry_matter_id_idx ON time_entry (matter_id, worked_on DESC);
CREATE INDEX time_entry_invoice_id_idx ON time_entry (invoice_id);
