-- Schedule of assessments for a clinical trial: columns are visits (V1 screening day -14, V2 baseline day
-- 0, V3 day 28 +/- 3 ...), rows are procedures (consent, vital signs, blood draw, ECG), a tick where a
-- procedure belongs to a visit. Switch "By subject" on top: then a row is a subject (site number, subject
-- number, arm, enrolled on), each cell shows the date of the visit and turns red if it fell outside the
-- window. Clicking the cell lists the procedures with done / not done and, if not done, why.

CREATE TABLE sites (
    site_number smallint PRIMARY KEY
);

CREATE TABLE arms (
    code text PRIMARY KEY
);

CREATE TABLE subjects (
    site_number smallint NOT NULL REFERENCES sites (site_number),
    subject_number smallint NOT NULL,
    arm_code text REFERENCES arms (code),
    enrolled_on date NOT NULL,
    PRIMARY KEY (site_number, subject_number)
);

CREATE TABLE planned_visits (
    code text PRIMARY KEY,
    name text NOT NULL,
    day smallint NOT NULL UNIQUE,
    window_days smallint NOT NULL DEFAULT 0 CHECK (window_days >= 0)
);

CREATE TABLE procedures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE planned_procedures (
    visit_code text NOT NULL REFERENCES planned_visits (code) ON DELETE CASCADE,
    procedure_id bigint NOT NULL REFERENCES procedures (id),
    PRIMARY KEY (visit_code, procedure_id)
);

CREATE TABLE subject_visits (
    site_number smallint NOT NULL,
    subject_number smallint NOT NULL,
    visit_code text NOT NULL REFERENCES planned_visits (code),
    visited_on date NOT NULL,
    PRIMARY KEY (site_number, subject_number, visit_code),
    FOREIGN KEY (site_number, subject_number) REFERENCES subjects (site_number, subject_number)
);

CREATE TABLE performed_procedures (
    site_number smallint NOT NULL,
    subject_number smallint NOT NULL,
    visit_code text NOT NULL,
    procedure_id bigint NOT NULL,
    is_done boolean NOT NULL,
    reason_not_done text,
    PRIMARY KEY (site_number, subject_number, visit_code, procedure_id),
    FOREIGN KEY (site_number, subject_number, visit_code)
        REFERENCES subject_visits (site_number, subject_number, visit_code) ON DELETE CASCADE,
    FOREIGN KEY (visit_code, procedure_id)
        REFERENCES planned_procedures (visit_code, procedure_id),
    CHECK (is_done = (reason_not_done IS NULL))
);

COMMENT ON COLUMN planned_visits.day IS 'Days from baseline; negative before it.';

CREATE INDEX ON subjects (arm_code);
CREATE INDEX ON planned_procedures (procedure_id);
CREATE INDEX ON subject_visits (visit_code);
CREATE INDEX ON performed_procedures (visit_code, procedure_id);
