CREATE TYPE animal_sex AS ENUM ('male', 'female', 'unknown');
CREATE TYPE visit_state AS ENUM ('booked', 'waiting', 'in_consultation', 'discharged', 'cancelled');

CREATE TABLE species (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    common_name text NOT NULL UNIQUE,
    is_exotic boolean NOT NULL DEFAULT false
);

CREATE TABLE breeds (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    species_id smallint NOT NULL REFERENCES species (id),
    name text NOT NULL,
    typical_weight_kg numeric(6,2) CHECK (typical_weight_kg > 0),
    UNIQUE (species_id, name)
);

CREATE TABLE owners (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    email text UNIQUE,
    mobile text NOT NULL,
    street text,
    city text,
    accepts_reminders boolean NOT NULL DEFAULT true,
    joined_on date NOT NULL DEFAULT CURRENT_DATE
);
CREATE INDEX owners_full_name_idx ON owners (full_name);

CREATE TABLE vets (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    licence_number text NOT NULL UNIQUE,
    email text NOT NULL UNIQUE,
    is_on_duty boolean NOT NULL DEFAULT false
);

CREATE TABLE animals (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id integer NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
    species_id smallint NOT NULL REFERENCES species (id),
    breed_id integer REFERENCES breeds (id) ON DELETE SET NULL,
    name text NOT NULL,
    sex animal_sex NOT NULL DEFAULT 'unknown',
    is_neutered boolean NOT NULL DEFAULT false,
    born_on date,
    coat_colour text,
    weight_kg numeric(6,2) CHECK (weight_kg > 0),
    microchip text UNIQUE,
    alert_note text,
    deceased_on date,
    CHECK (deceased_on >= born_on)
);
CREATE INDEX animals_owner_id_idx ON animals (owner_id);
COMMENT ON COLUMN animals.alert_note IS 'Shown in red on every screen of the animal';

CREATE TABLE visits (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    animal_id integer NOT NULL REFERENCES animals (id) ON DELETE CASCADE,
    vet_id integer NOT NULL REFERENCES vets (id),
    scheduled_for timestamptz NOT NULL,
    reason text NOT NULL,
    state visit_state NOT NULL DEFAULT 'booked',
    temperature_c numeric(3,1) CHECK (temperature_c BETWEEN 30 AND 45),
    weight_kg numeric(6,2) CHECK (weight_kg > 0),
    diagnosis text,
    total numeric(9,2) NOT NULL DEFAULT 0 CHECK (total >= 0)
);
CREATE INDEX visits_animal_id_idx ON visits (animal_id);
CREATE INDEX visits_vet_id_idx ON visits (vet_id, scheduled_for);

CREATE TABLE treatments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    list_price numeric(8,2) NOT NULL CHECK (list_price >= 0),
    duration_minutes integer NOT NULL DEFAULT 15 CHECK (duration_minutes > 0)
);

CREATE TABLE visit_treatments (
    visit_id integer NOT NULL REFERENCES visits (id) ON DELETE CASCADE,
    treatment_id integer NOT NULL REFERENCES treatments (id),
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit_price numeric(8,2) NOT NULL CHECK (unit_price >= 0),
    line_total numeric(9,2) NOT NULL CHECK (line_total >= 0),
    PRIMARY KEY (visit_id, treatment_id)
);

CREATE TABLE vaccines (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    booster_months smallint CHECK (booster_months > 0)
);

CREATE TABLE vaccinations (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    animal_id integer NOT NULL REFERENCES animals (id) ON DELETE CASCADE,
    vaccine_id smallint NOT NULL REFERENCES vaccines (id),
    vet_id integer NOT NULL REFERENCES vets (id),
    given_on date NOT NULL,
    batch_number text NOT NULL,
    next_due_on date,
    CHECK (next_due_on > given_on),
    UNIQUE (animal_id, vaccine_id, given_on)
);
CREATE INDEX vaccinations_next_due_on_idx ON vaccinations (next_due_on);
