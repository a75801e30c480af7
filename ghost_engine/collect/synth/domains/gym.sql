CREATE TYPE membership_state AS ENUM ('trial', 'active', 'frozen', 'cancelled', 'expired');
CREATE TYPE billing_cycle AS ENUM ('weekly', 'monthly', 'quarterly', 'yearly');
CREATE TYPE intensity AS ENUM ('gentle', 'moderate', 'hard', 'extreme');
CREATE TYPE attendance AS ENUM ('booked', 'waiting', 'attended', 'missed', 'cancelled');

CREATE TABLE studios (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    capacity integer NOT NULL CHECK (capacity > 0),
    floor_area numeric(6,1)
);

CREATE TABLE plans (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    price numeric(8,2) NOT NULL CHECK (price >= 0),
    billing billing_cycle NOT NULL DEFAULT 'monthly',
    minimum_months integer NOT NULL DEFAULT 1 CHECK (minimum_months >= 0),
    classes_per_week integer CHECK (classes_per_week > 0),
    includes_sauna boolean NOT NULL DEFAULT false,
    is_public boolean NOT NULL DEFAULT true
);
COMMENT ON COLUMN plans.classes_per_week IS 'Empty means as many as one likes';

CREATE TABLE trainers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    bio text,
    session_price numeric(6,2) CHECK (session_price > 0),
    hired_on date NOT NULL
);

CREATE TABLE specialties (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);

CREATE TABLE trainer_specialties (
    trainer_id uuid NOT NULL REFERENCES trainers (id) ON DELETE CASCADE,
    specialty_id uuid NOT NULL REFERENCES specialties (id) ON DELETE CASCADE,
    PRIMARY KEY (trainer_id, specialty_id)
);

CREATE TABLE members (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    member_no text NOT NULL UNIQUE,
    full_name text NOT NULL,
    email text NOT NULL,
    phone text,
    born_on date NOT NULL,
    referred_by_id uuid REFERENCES members (id) ON DELETE SET NULL,
    coach_id uuid REFERENCES trainers (id) ON DELETE SET NULL,
    emergency_phone text,
    goal text,
    height_cm integer CHECK (height_cm BETWEEN 120 AND 230),
    weight_kg numeric(5,1) CHECK (weight_kg BETWEEN 30 AND 250),
    has_medical_clearance boolean NOT NULL DEFAULT false,
    joined_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX members_full_name_idx ON members (full_name);
CREATE INDEX members_referred_by_id_idx ON members (referred_by_id);

CREATE TABLE memberships (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    member_id uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    plan_id uuid NOT NULL REFERENCES plans (id),
    state membership_state NOT NULL DEFAULT 'trial',
    starts_on date NOT NULL,
    ends_on date,
    agreed_price numeric(8,2) NOT NULL CHECK (agreed_price >= 0),
    auto_renew boolean NOT NULL DEFAULT true,
    cancel_reason text,
    CHECK (ends_on > starts_on)
);
CREATE INDEX memberships_member_id_idx ON memberships (member_id);
CREATE INDEX memberships_active_idx ON memberships (plan_id) WHERE state = 'active';

CREATE TABLE classes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL,
    studio_id uuid NOT NULL REFERENCES studios (id),
    trainer_id uuid REFERENCES trainers (id) ON DELETE SET NULL,
    intensity intensity NOT NULL DEFAULT 'moderate',
    begins_at timestamptz NOT NULL,
    length interval NOT NULL DEFAULT '1 hour',
    spots integer NOT NULL CHECK (spots > 0),
    is_cancelled boolean NOT NULL DEFAULT false
);
CREATE INDEX classes_begins_at_idx ON classes (begins_at);

CREATE TABLE class_bookings (
    class_id uuid NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
    member_id uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    attendance attendance NOT NULL DEFAULT 'booked',
    booked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (class_id, member_id)
);
CREATE INDEX class_bookings_member_id_idx ON class_bookings (member_id);

CREATE TABLE visits (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    member_id uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    entered_at timestamptz NOT NULL,
    left_at timestamptz,
    locker integer CHECK (locker > 0),
    CHECK (left_at > entered_at)
);
CREATE INDEX visits_member_id_idx ON visits (member_id, entered_at DESC);
