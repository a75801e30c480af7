-- Genealogy program, the tree view: boxes with given names, surname, birth and death as "ABT 1842",
-- "3 MAR 1901" or blank, a portrait. Lines go up to father and mother and sideways to partners,
-- with date and place of the wedding and of the divorce if there was one. Clicking a box: events of
-- a life (baptism, emigration, census, military service, burial ...) with date, place, and the
-- sources each one rests on: title, archive, page. Places are picked from a list with coordinates.

CREATE TABLE places (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180)
);

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    father_id bigint REFERENCES people (id),
    mother_id bigint REFERENCES people (id),
    given_names text NOT NULL,
    surname text,
    birth_date_text text,
    death_date_text text,
    portrait_url text,
    CHECK (father_id <> id AND mother_id <> id AND father_id <> mother_id)
);

CREATE TABLE partnerships (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_person_id bigint NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    second_person_id bigint NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    wedding_date_text text,
    wedding_place_id bigint REFERENCES places (id),
    divorce_date_text text,
    divorce_place_id bigint REFERENCES places (id),
    CHECK (first_person_id < second_person_id)
);

CREATE TABLE life_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    kind text NOT NULL,
    date_text text,
    place_id bigint REFERENCES places (id)
);

CREATE TABLE sources (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    archive text
);

CREATE TABLE life_event_sources (
    life_event_id bigint NOT NULL REFERENCES life_events (id) ON DELETE CASCADE,
    source_id bigint NOT NULL REFERENCES sources (id),
    page text,
    PRIMARY KEY (life_event_id, source_id)
);

COMMENT ON COLUMN people.birth_date_text IS 'As the source has it, such as "ABT 1842".';

CREATE INDEX ON people (father_id);
CREATE INDEX ON people (mother_id);
CREATE INDEX ON people (surname, given_names);
CREATE INDEX ON partnerships (first_person_id);
CREATE INDEX ON partnerships (second_person_id);
CREATE INDEX ON partnerships (wedding_place_id);
CREATE INDEX ON partnerships (divorce_place_id);
CREATE INDEX ON life_events (person_id);
CREATE INDEX ON life_events (place_id);
CREATE INDEX ON life_event_sources (source_id);
