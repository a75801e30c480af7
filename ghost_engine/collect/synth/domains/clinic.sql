CREATE TYPE appointment_status AS ENUM ('scheduled', 'checked_in', 'completed', 'cancelled', 'no_show');
CREATE TYPE blood_type AS ENUM ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-');

CREATE TABLE specialties (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE rooms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    floor integer NOT NULL
);

CREATE TABLE doctors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    specialty_id bigint NOT NULL REFERENCES specialties (id),
    email text NOT NULL UNIQUE,
    phone text,
    is_accepting_patients boolean NOT NULL DEFAULT true
);

CREATE TABLE insurers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    phone text
);

CREATE TABLE patients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_number text NOT NULL UNIQUE,
    first_name text NOT NULL,
    last_name text NOT NULL,
    birth_date date NOT NULL CHECK (birth_date <= CURRENT_DATE),
    blood_type blood_type,
    phone text,
    email text,
    city text,
    insurer_id bigint REFERENCES insurers (id) ON DELETE SET NULL,
    insurance_number text,
    doctor_id bigint REFERENCES doctors (id) ON DELETE SET NULL,
    allergies text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX patients_name_idx ON patients (last_name, first_name);
COMMENT ON COLUMN patients.doctor_id IS 'The family doctor, if there is one';

CREATE TABLE appointments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient_id bigint NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
    doctor_id bigint NOT NULL REFERENCES doctors (id),
    room_id bigint REFERENCES rooms (id),
    starts_at timestamptz NOT NULL,
    minutes integer NOT NULL DEFAULT 20 CHECK (minutes > 0),
    status appointment_status NOT NULL DEFAULT 'scheduled',
    reason text
);
CREATE INDEX appointments_starts_at_idx ON appointments (starts_at);

CREATE TABLE prescriptions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient_id bigint NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
    doctor_id bigint NOT NULL REFERENCES doctors (id),
    issued_on date NOT NULL,
    valid_until date CHECK (valid_until >= issued_on),
    notes text
);

CREATE TABLE medications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    form text NOT NULL,
    strength text NOT NULL
);

CREATE TABLE prescription_items (
    prescription_id bigint NOT NULL REFERENCES prescriptions (id) ON DELETE CASCADE,
    medication_id bigint NOT NULL REFERENCES medications (id),
    dosage text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    refills integer NOT NULL DEFAULT 0 CHECK (refills >= 0),
    PRIMARY KEY (prescription_id, medication_id)
);
