-- A to-do app: a few lists on the left, the chosen list's tasks on the right with a tick box, a due date and
-- sometimes a star.

CREATE TABLE lists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list_id bigint NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    title text NOT NULL,
    is_done boolean NOT NULL DEFAULT false,
    due_on date,
    is_starred boolean NOT NULL DEFAULT false
);

CREATE INDEX ON tasks (list_id);
