-- Fiche d'une œuvre dans la base de gestion d'un musée. En tête, la photo principale, le numéro
-- d'inventaire et le titre ; ensuite l'auteur ou les auteurs (nom, années de naissance et de mort), avec
-- leur rôle (peintre, graveur, atelier de...), la datation (année de début et de fin), la technique, les
-- dimensions en cm (hauteur, largeur, profondeur). Onglet « Localisation » : salle ou réserve actuelle,
-- puis l'historique des mouvements avec date et motif. Onglet « Prêts » : institution, ville, titre de
-- l'exposition, du / au, valeur d'assurance en euros.

CREATE TABLE artworks (
    inventory_number text PRIMARY KEY,
    title text NOT NULL,
    image_url text,
    year_from smallint,
    year_to smallint,
    technique text,
    height_cm numeric(7, 1) CHECK (height_cm > 0),
    width_cm numeric(7, 1) CHECK (width_cm > 0),
    depth_cm numeric(7, 1) CHECK (depth_cm > 0),
    CHECK (year_to >= year_from)
);

CREATE TABLE artists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    birth_year smallint,
    death_year smallint,
    CHECK (death_year >= birth_year)
);

CREATE TABLE artwork_artists (
    inventory_number text NOT NULL REFERENCES artworks (inventory_number) ON DELETE CASCADE,
    artist_id bigint NOT NULL REFERENCES artists (id),
    role text NOT NULL,
    PRIMARY KEY (inventory_number, artist_id, role)
);

CREATE TABLE locations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('gallery', 'storage'))
);

CREATE TABLE movements (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inventory_number text NOT NULL REFERENCES artworks (inventory_number) ON DELETE CASCADE,
    location_id bigint NOT NULL REFERENCES locations (id),
    moved_on date NOT NULL,
    reason text
);

CREATE TABLE institutions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL,
    UNIQUE (name, city)
);

CREATE TABLE artwork_loans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inventory_number text NOT NULL REFERENCES artworks (inventory_number),
    institution_id bigint NOT NULL REFERENCES institutions (id),
    exhibition_title text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    insurance_value numeric(14, 2) CHECK (insurance_value >= 0),
    CHECK (ends_on >= starts_on)
);

COMMENT ON TABLE movements IS 'The latest movement of an artwork tells where it is now.';

CREATE INDEX ON artwork_artists (artist_id);
CREATE INDEX ON movements (inventory_number, moved_on DESC);
CREATE INDEX ON movements (location_id);
CREATE INDEX ON artwork_loans (inventory_number);
CREATE INDEX ON artwork_loans (institution_id);
