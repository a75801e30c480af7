-- The reception desk opens this screen first thing in the morning. One column per doctor, time running
-- down from 07:30 to 19:00, each appointment a block with the patient's name, the reason for the visit
-- and the room. The colour of the block is its state: booked, arrived, in consultation, done, no-show
-- or cancelled. The head of a column gives the doctor's title, name and specialty. A double click on a
-- block opens the patient card: name, date of birth, phone, insurance number. Rooms only have a short
-- code such as B2. A doctor can never have two appointments that start at the same time, cancelled
-- ones aside.

CREATE TYPE appointment_status AS ENUM (
    'booked', 'arrived', 'in_consultation', 'done', 'no_show', 'cancelled'
);

CREATE TABLE doctors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text,
    full_name text NOT NULL,
    specialty text NOT NULL
);

CREATE TABLE rooms (
    code text PRIMARY KEY
);

CREATE TABLE patients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    born_on date NOT NULL,
    phone text,
    insurance_number text UNIQUE
);

CREATE TABLE appointments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    doctor_id bigint NOT NULL REFERENCES doctors (id),
    patient_id bigint NOT NULL REFERENCES patients (id),
    room_code text REFERENCES rooms (code),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reason text NOT NULL,
    status appointment_status NOT NULL DEFAULT 'booked',
    CHECK (ends_at > starts_at)
);

CREATE UNIQUE INDEX appointments_one_per_doctor_and_start
    ON appointments (doctor_id, starts_at)
    WHERE status <> 'cancelled';
CREATE INDEX ON appointments (doctor_id, starts_at);
CREATE INDEX ON appointments (patient_id);
CREATE INDEX ON appointments (room_code);
