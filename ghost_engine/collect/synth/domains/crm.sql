CREATE TYPE company_size AS ENUM ('1-10', '11-50', '51-200', '201-1000', '1000+');
CREATE TYPE lifecycle AS ENUM ('lead', 'prospect', 'customer', 'former');
CREATE TYPE activity_kind AS ENUM ('call', 'email', 'meeting', 'demo', 'task');

CREATE TABLE industries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);

CREATE TABLE stages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    position integer NOT NULL UNIQUE,
    win_probability integer NOT NULL CHECK (win_probability BETWEEN 0 AND 100)
);

CREATE TABLE owners (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    region text,
    quota numeric(12,2) CHECK (quota > 0)
);
COMMENT ON TABLE owners IS 'Sales people; a company, contact or deal belongs to one of them';

CREATE TABLE companies (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    domain text UNIQUE,
    industry_id uuid REFERENCES industries (id),
    parent_id uuid REFERENCES companies (id) ON DELETE SET NULL,
    owner_id uuid REFERENCES owners (id) ON DELETE SET NULL,
    size company_size,
    lifecycle lifecycle NOT NULL DEFAULT 'lead',
    annual_revenue numeric(14,0),
    phone text,
    city text,
    country text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX companies_lifecycle_idx ON companies (lifecycle, name);
CREATE INDEX companies_owner_id_idx ON companies (owner_id);

CREATE TABLE contacts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id uuid REFERENCES companies (id) ON DELETE SET NULL,
    owner_id uuid REFERENCES owners (id) ON DELETE SET NULL,
    full_name text NOT NULL,
    job_title text,
    email text UNIQUE,
    mobile text,
    linkedin_url text,
    do_not_call boolean NOT NULL DEFAULT false,
    last_contacted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX contacts_company_id_idx ON contacts (company_id);

CREATE TABLE deals (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL,
    company_id uuid NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    contact_id uuid REFERENCES contacts (id) ON DELETE SET NULL,
    owner_id uuid NOT NULL REFERENCES owners (id),
    stage_id uuid NOT NULL REFERENCES stages (id),
    amount numeric(12,2) CHECK (amount >= 0),
    expected_close date,
    closed_on date,
    lost_reason text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deals_stage_id_idx ON deals (stage_id);
CREATE INDEX deals_open_idx ON deals (owner_id, expected_close) WHERE closed_on IS NULL;

CREATE TABLE activities (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind activity_kind NOT NULL,
    subject text NOT NULL,
    contact_id uuid REFERENCES contacts (id) ON DELETE CASCADE,
    deal_id uuid REFERENCES deals (id) ON DELETE CASCADE,
    owner_id uuid NOT NULL REFERENCES owners (id),
    due_at timestamptz NOT NULL,
    is_done boolean NOT NULL DEFAULT false,
    outcome text
);
CREATE INDEX activities_due_at_idx ON activities (due_at) WHERE NOT is_done;

CREATE TABLE tags (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    label text NOT NULL UNIQUE,
    color text NOT NULL DEFAULT '#888888'
);

CREATE TABLE contact_tags (
    contact_id uuid NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    tag_id uuid NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (contact_id, tag_id)
);
CREATE INDEX contact_tags_tag_id_idx ON contact_tags (tag_id);
