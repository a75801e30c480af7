-- Hi, we need the Sunday rota as a web page instead of the spreadsheet. Columns are the services (date,
-- time, theme, preacher), rows are the jobs: welcome, reading, music, sound desk, coffee. In a cell there
-- may be one or more volunteers. Volunteers should be able to mark weekends when they are away, with a
-- from and a to date, and we should not be able to put anyone on a job they have not said they would do.
-- Name and phone number on hover. Many thanks, Judith

CREATE TABLE volunteers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    phone text NOT NULL
);

CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE services (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    starts_at timestamptz NOT NULL UNIQUE,
    theme text,
    preacher text
);

CREATE TABLE volunteer_jobs (
    volunteer_id bigint NOT NULL REFERENCES volunteers (id) ON DELETE CASCADE,
    job_id bigint NOT NULL REFERENCES jobs (id),
    PRIMARY KEY (volunteer_id, job_id)
);

CREATE TABLE absences (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    volunteer_id bigint NOT NULL REFERENCES volunteers (id) ON DELETE CASCADE,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    CHECK (ends_on >= starts_on)
);

CREATE TABLE assignments (
    service_id bigint NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    volunteer_id bigint NOT NULL,
    job_id bigint NOT NULL,
    PRIMARY KEY (service_id, job_id, volunteer_id),
    FOREIGN KEY (volunteer_id, job_id) REFERENCES volunteer_jobs (volunteer_id, job_id)
);

CREATE INDEX ON volunteer_jobs (job_id);
CREATE INDEX ON absences (volunteer_id);
CREATE INDEX ON assignments (volunteer_id, job_id);
