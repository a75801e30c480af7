CREATE TYPE product_line AS ENUM ('motor', 'home', 'travel', 'liability', 'business');
CREATE TYPE policy_status AS ENUM ('quoted', 'in_force', 'lapsed', 'cancelled');
CREATE TYPE claim_status AS ENUM ('reported', 'under_review', 'assessment', 'approved', 'declined', 'settled');
CREATE TYPE payee_kind AS ENUM ('policyholder', 'repairer', 'third_party', 'assessor');
CREATE TYPE document_type AS ENUM ('claim_form', 'photo', 'police_report', 'repair_estimate', 'medical_report', 'invoice');

CREATE TABLE policyholders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_number text NOT NULL UNIQUE,
    first_name text NOT NULL,
    last_name text NOT NULL,
    date_of_birth date NOT NULL,
    email text,
    phone text,
    street text NOT NULL,
    postcode text NOT NULL,
    city text NOT NULL,
    iban text
);
CREATE INDEX policyholders_last_name_idx ON policyholders (last_name, first_name);

CREATE TABLE brokers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agency_name text NOT NULL UNIQUE,
    contact_name text,
    phone text,
    commission_percent numeric(4,1) NOT NULL CHECK (commission_percent BETWEEN 0 AND 40)
);

CREATE TABLE policies (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    policy_number text NOT NULL UNIQUE,
    policyholder_id uuid NOT NULL REFERENCES policyholders (id),
    broker_id uuid REFERENCES brokers (id) ON DELETE SET NULL,
    line product_line NOT NULL,
    status policy_status NOT NULL DEFAULT 'quoted',
    effective_from date NOT NULL,
    effective_to date NOT NULL,
    annual_premium numeric(10,2) NOT NULL CHECK (annual_premium > 0),
    sum_insured numeric(14,2) NOT NULL CHECK (sum_insured > 0),
    deductible numeric(10,2) NOT NULL DEFAULT 0 CHECK (deductible >= 0),
    auto_renews boolean NOT NULL DEFAULT true,
    CHECK (effective_to > effective_from)
);
CREATE INDEX policies_policyholder_id_idx ON policies (policyholder_id);
CREATE INDEX policies_broker_id_idx ON policies (broker_id);

CREATE TABLE coverages (
    policy_id uuid NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
    peril text NOT NULL,
    limit_amount numeric(14,2) NOT NULL CHECK (limit_amount > 0),
    deductible numeric(10,2) NOT NULL DEFAULT 0 CHECK (deductible >= 0),
    premium_share numeric(10,2) NOT NULL CHECK (premium_share >= 0),
    PRIMARY KEY (policy_id, peril)
);
COMMENT ON TABLE coverages IS 'What a policy pays for, peril by peril';

CREATE TABLE adjusters (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    team text NOT NULL,
    approval_limit numeric(12,2) NOT NULL CHECK (approval_limit >= 0)
);

CREATE TABLE assessors (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL,
    firm text,
    speciality text NOT NULL,
    region text NOT NULL,
    phone text NOT NULL,
    daily_fee numeric(8,2) CHECK (daily_fee > 0),
    rating smallint CHECK (rating BETWEEN 1 AND 5)
);

CREATE TABLE claims (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    claim_number text NOT NULL UNIQUE,
    policy_id uuid NOT NULL REFERENCES policies (id),
    adjuster_id uuid REFERENCES adjusters (id) ON DELETE SET NULL,
    cause_of_loss text NOT NULL,
    description text,
    loss_on date NOT NULL,
    loss_place text,
    reported_on date NOT NULL,
    estimated_loss numeric(12,2) CHECK (estimated_loss >= 0),
    reserve numeric(12,2) NOT NULL DEFAULT 0 CHECK (reserve >= 0),
    status claim_status NOT NULL DEFAULT 'reported',
    is_suspicious boolean NOT NULL DEFAULT false,
    CHECK (reported_on >= loss_on)
);
CREATE INDEX claims_policy_id_idx ON claims (policy_id);
CREATE INDEX claims_adjuster_id_idx ON claims (adjuster_id) WHERE status <> 'settled';
COMMENT ON COLUMN claims.reserve IS 'What the case is still expected to cost';

CREATE TABLE assessments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    claim_id uuid NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
    assessor_id uuid NOT NULL REFERENCES assessors (id),
    visit_at timestamptz NOT NULL,
    damage_found numeric(12,2) CHECK (damage_found >= 0),
    is_repairable boolean,
    report text
);
CREATE INDEX assessments_claim_id_idx ON assessments (claim_id);
CREATE INDEX assessments_assessor_id_idx ON assessments (assessor_id, visit_at);

CREATE TABLE claim_payments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    claim_id uuid NOT NULL REFERENCES claims (id),
    payee payee_kind NOT NULL DEFAULT 'policyholder',
    payee_name text NOT NULL,
    amount numeric(12,2) NOT NULL CHECK (amount > 0),
    approved_by_id uuid NOT NULL REFERENCES adjusters (id),
    paid_on date,
    bank_reference text UNIQUE
);
CREATE INDEX claim_payments_claim_id_idx ON claim_payments (claim_id);

CREATE TABLE claim_documents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    claim_id uuid NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
    type document_type NOT NULL,
    file_name text NOT NULL,
    size_kb integer NOT NULL CHECK (size_kb > 0),
    received_at timestamptz NOT NULL DEFAULT now(),
    is_verified boolean NOT NULL DEFAULT false
);
CREATE INDEX claim_documents_claim_id_idx ON claim_documents (claim_id);
