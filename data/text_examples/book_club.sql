-- Our book club's page: next meeting (where, when, which book), who is coming.
-- Past books with everybody's stars.

CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE books (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL
);

CREATE TABLE meetings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book_id bigint NOT NULL REFERENCES books (id),
    place text NOT NULL,
    starts_at timestamptz NOT NULL
);

CREATE TABLE attendances (
    meeting_id bigint NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    PRIMARY KEY (meeting_id, member_id)
);

CREATE TABLE ratings (
    book_id bigint NOT NULL REFERENCES books (id) ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    PRIMARY KEY (book_id, member_id)
);

CREATE INDEX ON meetings (book_id);
CREATE INDEX ON attendances (member_id);
CREATE INDEX ON ratings (member_id);
