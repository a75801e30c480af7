CREATE TYPE artwork_status AS ENUM ('on_display', 'in_storage', 'on_loan', 'in_conservation', 'deaccessioned');
CREATE TYPE acquisition_method AS ENUM ('purchase', 'gift', 'bequest', 'transfer', 'find');
CREATE TYPE loan_direction AS ENUM ('incoming', 'outgoing');
CREATE TYPE loan_status AS ENUM ('requested', 'approved', 'in_transit', 'installed', 'returned', 'refused');
CREATE TYPE condition_grade AS ENUM ('excellent', 'good', 'fair', 'poor', 'critical');

CREATE TABLE rooms (
    id text PRIMARY KEY CHECK (id ~ '^[A-Z][0-9]+$'),
    name text NOT NULL,
    floor smallint NOT NULL,
    area_sqm numeric(6,1) CHECK (area_sqm > 0),
    max_lux integer NOT NULL DEFAULT 200 CHECK (max_lux > 0),
    target_humidity smallint NOT NULL DEFAULT 50 CHECK (target_humidity BETWEEN 20 AND 80),
    is_public boolean NOT NULL DEFAULT true
);
COMMENT ON COLUMN rooms.id IS 'Wing letter and number, as on the floor plan';

CREATE TABLE artists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    nationality text,
    born_on date,
    died_on date,
    biography text,
    is_under_copyright boolean NOT NULL DEFAULT false,
    CHECK (died_on > born_on)
);
CREATE INDEX artists_full_name_idx ON artists (full_name);

CREATE TABLE object_types (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id smallint REFERENCES object_types (id),
    term text NOT NULL UNIQUE
);

CREATE TABLE artworks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    accession_number text NOT NULL UNIQUE,
    title text NOT NULL,
    artist_id bigint REFERENCES artists (id) ON DELETE SET NULL,
    object_type_id smallint NOT NULL REFERENCES object_types (id),
    part_of_id bigint REFERENCES artworks (id) ON DELETE SET NULL,
    year_made smallint,
    medium text NOT NULL,
    height_cm numeric(6,1) CHECK (height_cm > 0),
    width_cm numeric(6,1) CHECK (width_cm > 0),
    room_id text REFERENCES rooms (id) ON DELETE SET NULL,
    status artwork_status NOT NULL DEFAULT 'in_storage',
    acquired_by acquisition_method NOT NULL,
    acquired_on date,
    insurance_value numeric(14,2) CHECK (insurance_value >= 0),
    credit_line text
);
CREATE INDEX artworks_artist_id_idx ON artworks (artist_id);
CREATE INDEX artworks_room_id_idx ON artworks (room_id);
COMMENT ON COLUMN artworks.part_of_id IS 'The series or altarpiece it belongs to';

CREATE TABLE curators (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    department text NOT NULL,
    email text NOT NULL UNIQUE,
    extension text
);

CREATE TABLE exhibitions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL UNIQUE,
    subtitle text,
    curator_id bigint NOT NULL REFERENCES curators (id),
    opens_on date NOT NULL,
    closes_on date NOT NULL,
    ticket_price numeric(6,2) NOT NULL DEFAULT 0 CHECK (ticket_price >= 0),
    visitors_expected integer CHECK (visitors_expected > 0),
    budget numeric(12,2) CHECK (budget >= 0),
    is_travelling boolean NOT NULL DEFAULT false,
    CHECK (closes_on > opens_on)
);
CREATE INDEX exhibitions_opens_on_idx ON exhibitions (opens_on);

CREATE TABLE exhibition_artworks (
    exhibition_id bigint NOT NULL REFERENCES exhibitions (id) ON DELETE CASCADE,
    artwork_id bigint NOT NULL REFERENCES artworks (id),
    PRIMARY KEY (exhibition_id, artwork_id)
);
CREATE INDEX exhibition_artworks_artwork_id_idx ON exhibition_artworks (artwork_id);

CREATE TABLE institutions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    city text NOT NULL,
    country text NOT NULL,
    registrar_email text
);

CREATE TABLE loans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loan_number text NOT NULL UNIQUE,
    direction loan_direction NOT NULL,
    institution_id bigint NOT NULL REFERENCES institutions (id),
    exhibition_id bigint REFERENCES exhibitions (id) ON DELETE SET NULL,
    status loan_status NOT NULL DEFAULT 'requested',
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    loan_fee numeric(10,2) NOT NULL DEFAULT 0 CHECK (loan_fee >= 0),
    needs_courier boolean NOT NULL DEFAULT false,
    CHECK (ends_on > starts_on)
);
CREATE INDEX loans_institution_id_idx ON loans (institution_id);
CREATE INDEX loans_exhibition_id_idx ON loans (exhibition_id);

CREATE TABLE loan_items (
    loan_id bigint NOT NULL REFERENCES loans (id) ON DELETE CASCADE,
    artwork_id bigint NOT NULL REFERENCES artworks (id),
    insured_for numeric(14,2) NOT NULL CHECK (insured_for > 0),
    crate_number text,
    packing_note text,
    PRIMARY KEY (loan_id, artwork_id)
);
CREATE INDEX loan_items_artwork_id_idx ON loan_items (artwork_id);

CREATE TABLE conservation_reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    artwork_id bigint NOT NULL REFERENCES artworks (id) ON DELETE CASCADE,
    conservator text NOT NULL,
    examined_on date NOT NULL,
    grade condition_grade NOT NULL,
    damage text,
    treatment text,
    hours_spent numeric(6,1) CHECK (hours_spent >= 0),
    may_travel boolean NOT NULL DEFAULT true,
    next_check_on date,
    CHECK (next_check_on > examined_on)
);
CREATE INDEX conservation_reports_artwork_id_idx ON conservation_reports (artwork_id, examined_on DESC);
