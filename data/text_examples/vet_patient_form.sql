-- New patient (veterinary practice), a form in two sections. * = required.
--
-- Owner
-- - Full name *
-- - Mobile *
-- - E-mail
-- - Address
--
-- Animal
-- - Name *
-- - Species * (dog, cat, rabbit, bird, reptile, other)
-- - Breed
-- - Sex * (male, female, unknown)
-- - Neutered (checkbox)
-- - Date of birth
-- - Microchip number, 15 digits
-- - Weight in kg
-- - Allergies (as many tags as needed)
--
-- Below the form, once the animal is saved, a small table "Vaccinations": vaccine, given on, batch no.,
-- valid until. One owner often brings several animals.

CREATE TABLE owners (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    mobile text NOT NULL,
    email text,
    address text
);

CREATE TABLE animals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id bigint NOT NULL REFERENCES owners (id),
    name text NOT NULL,
    species text NOT NULL
        CHECK (species IN ('dog', 'cat', 'rabbit', 'bird', 'reptile', 'other')),
    breed text,
    sex text NOT NULL CHECK (sex IN ('male', 'female', 'unknown')),
    is_neutered boolean NOT NULL DEFAULT false,
    born_on date,
    microchip_number text UNIQUE CHECK (microchip_number ~ '^[0-9]{15}$'),
    weight_kg numeric(6, 2) CHECK (weight_kg > 0),
    allergies text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE vaccinations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    animal_id bigint NOT NULL REFERENCES animals (id) ON DELETE CASCADE,
    vaccine text NOT NULL,
    given_on date NOT NULL,
    batch_number text,
    valid_until date,
    CHECK (valid_until > given_on)
);

CREATE INDEX ON animals (owner_id);
CREATE INDEX ON vaccinations (animal_id);
