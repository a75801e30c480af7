-- Family photo site: albums with a cover, photos with caption and date taken, and who is in the picture.
-- Album visible to all or by secret link.

CREATE TABLE albums (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    visibility text NOT NULL DEFAULT 'all' CHECK (visibility IN ('all', 'secret_link')),
    secret_token uuid NOT NULL UNIQUE DEFAULT gen_random_uuid()
);

CREATE TABLE photos (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    album_id bigint NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    file_path text NOT NULL UNIQUE,
    caption text,
    taken_on date,
    is_cover boolean NOT NULL DEFAULT false
);

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE photo_people (
    photo_id bigint NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES people (id),
    PRIMARY KEY (photo_id, person_id)
);

CREATE UNIQUE INDEX photos_one_cover_per_album ON photos (album_id) WHERE is_cover;
CREATE INDEX ON photos (album_id);
CREATE INDEX ON photo_people (person_id);
