CREATE TYPE job_state AS ENUM ('draft', 'published', 'on_hold', 'filled', 'closed');
CREATE TYPE employment AS ENUM ('full_time', 'part_time', 'internship', 'temporary');
CREATE TYPE interview_format AS ENUM ('phone', 'video', 'on_site', 'case_study');
CREATE TYPE recommendation AS ENUM ('strong_no', 'no', 'neutral', 'yes', 'strong_yes');

CREATE TABLE offices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    city text NOT NULL,
    country text NOT NULL,
    UNIQUE (city, country)
);

CREATE TABLE recruiters (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    is_hiring_manager boolean NOT NULL DEFAULT false
);

CREATE TABLE jobs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reference text NOT NULL UNIQUE,
    title text NOT NULL,
    team text NOT NULL,
    office_id uuid REFERENCES offices (id) ON DELETE SET NULL,
    hiring_manager_id uuid NOT NULL REFERENCES recruiters (id),
    employment employment NOT NULL DEFAULT 'full_time',
    state job_state NOT NULL DEFAULT 'draft',
    headcount smallint NOT NULL DEFAULT 1 CHECK (headcount > 0),
    salary_min integer CHECK (salary_min > 0),
    salary_max integer,
    remote_possible boolean NOT NULL DEFAULT false,
    published_on date,
    closes_on date,
    CHECK (salary_max >= salary_min),
    CHECK (closes_on > published_on)
);
CREATE INDEX jobs_open_idx ON jobs (published_on DESC) WHERE state = 'published';

CREATE TABLE sources (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    cost_per_month numeric(8,2)
);

CREATE TABLE candidates (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    city text,
    current_employer text,
    current_position text,
    years_of_experience smallint CHECK (years_of_experience >= 0),
    portfolio_url text,
    skills text[] NOT NULL DEFAULT '{}',
    consent_until date NOT NULL
);
CREATE INDEX candidates_name_idx ON candidates (last_name, first_name);
COMMENT ON COLUMN candidates.consent_until IS 'Data is erased after this day';

CREATE TABLE stages (
    position smallint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    is_final boolean NOT NULL DEFAULT false
);

CREATE TABLE applications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    candidate_id uuid NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    stage_id smallint NOT NULL REFERENCES stages (position),
    source_id text REFERENCES sources (code),
    recruiter_id uuid REFERENCES recruiters (id) ON DELETE SET NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    salary_expectation integer CHECK (salary_expectation > 0),
    available_from date,
    rating smallint CHECK (rating BETWEEN 1 AND 5),
    rejection_reason text,
    UNIQUE (job_id, candidate_id)
);
CREATE INDEX applications_candidate_id_idx ON applications (candidate_id);
CREATE INDEX applications_stage_id_idx ON applications (stage_id);

CREATE TABLE interviews (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    format interview_format NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    place text,
    was_held boolean NOT NULL DEFAULT false,
    CHECK (ends_at > starts_at)
);
CREATE INDEX interviews_application_id_idx ON interviews (application_id);

CREATE TABLE scorecards (
    interview_id uuid NOT NULL REFERENCES interviews (id) ON DELETE CASCADE,
    interviewer_id uuid NOT NULL REFERENCES recruiters (id),
    technical smallint CHECK (technical BETWEEN 1 AND 5),
    communication smallint CHECK (communication BETWEEN 1 AND 5),
    motivation smallint CHECK (motivation BETWEEN 1 AND 5),
    recommendation recommendation NOT NULL DEFAULT 'neutral',
    remarks text,
    PRIMARY KEY (interview_id, interviewer_id)
);
COMMENT ON TABLE scorecards IS 'One sheet for each interviewer';
