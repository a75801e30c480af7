-- A kanban board for hiring. You choose the job at the top (title, department, location, number of
-- open positions). Lanes are the job's own stages, in an order the recruiter can change: Applied,
-- Phone screen, Onsite, Offer, Hired. Cards are candidates: name, current employer, source
-- (referral, career page, agency, headhunted), days in this stage, the average of the stars.
-- Dragging a card moves the application. Opening a card: e-mail, phone, link to the CV, and the
-- scorecards, one per interviewer with 1-5 stars, a recommendation (strong no, no, yes, strong yes)
-- and notes. A person may apply for several jobs, but only once for each. Rejected applications
-- leave the board with a reason.

CREATE TABLE departments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    department_id bigint NOT NULL REFERENCES departments (id),
    title text NOT NULL,
    location text NOT NULL,
    open_positions smallint NOT NULL DEFAULT 1 CHECK (open_positions >= 0)
);

CREATE TABLE stages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    name text NOT NULL,
    position smallint NOT NULL,
    UNIQUE (job_id, name),
    UNIQUE (job_id, position),
    UNIQUE (id, job_id)
);

CREATE TABLE candidates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    current_employer text,
    cv_url text
);

CREATE TABLE applications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES jobs (id),
    candidate_id bigint NOT NULL REFERENCES candidates (id),
    stage_id bigint NOT NULL,
    stage_entered_at timestamptz NOT NULL DEFAULT now(),
    source text NOT NULL CHECK (source IN ('referral', 'career_page', 'agency', 'headhunted')),
    rejected_at timestamptz,
    rejection_reason text,
    UNIQUE (job_id, candidate_id),
    FOREIGN KEY (stage_id, job_id) REFERENCES stages (id, job_id),
    CHECK ((rejected_at IS NULL) = (rejection_reason IS NULL))
);

CREATE TABLE interviewers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE scorecards (
    application_id bigint NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    interviewer_id bigint NOT NULL REFERENCES interviewers (id),
    stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    recommendation text NOT NULL
        CHECK (recommendation IN ('strong_no', 'no', 'yes', 'strong_yes')),
    notes text,
    PRIMARY KEY (application_id, interviewer_id)
);

CREATE INDEX ON jobs (department_id);
CREATE INDEX ON applications (candidate_id);
CREATE INDEX ON applications (stage_id, job_id);
CREATE INDEX ON scorecards (interviewer_id);
