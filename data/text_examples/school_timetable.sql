-- Stundenplan der Klasse 8b, Ansicht für eine Woche: links die Stunden (1. Stunde 07:55–08:40 und so
-- weiter), oben Montag bis Freitag. In jedem Feld stehen Fach (Kürzel, z. B. „MA“ für Mathematik),
-- Lehrkraft (Kürzel, im Tooltip der volle Name) und Raum. Über dem Plan wählt man Schuljahr und Klasse.
-- Eine Lehrkraft, ein Raum und eine Klasse können in einer Stunde jeweils nur einmal verplant sein.

CREATE TABLE school_years (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE classes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    school_year_id bigint NOT NULL REFERENCES school_years (id),
    name text NOT NULL,
    UNIQUE (school_year_id, name),
    UNIQUE (id, school_year_id)
);

CREATE TABLE subjects (
    code text PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE teachers (
    code text PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE rooms (
    name text PRIMARY KEY
);

CREATE TABLE periods (
    number smallint PRIMARY KEY CHECK (number > 0),
    starts_at time NOT NULL,
    ends_at time NOT NULL,
    CHECK (ends_at > starts_at)
);

CREATE TABLE lessons (
    school_year_id bigint NOT NULL,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 5),
    period_number smallint NOT NULL REFERENCES periods (number),
    class_id bigint NOT NULL,
    subject_code text NOT NULL REFERENCES subjects (code),
    teacher_code text NOT NULL REFERENCES teachers (code),
    room_name text NOT NULL REFERENCES rooms (name),
    PRIMARY KEY (class_id, weekday, period_number),
    UNIQUE (school_year_id, weekday, period_number, teacher_code),
    UNIQUE (school_year_id, weekday, period_number, room_name),
    FOREIGN KEY (class_id, school_year_id) REFERENCES classes (id, school_year_id)
);

COMMENT ON COLUMN lessons.weekday IS '1 = Monday, 5 = Friday.';

CREATE INDEX ON lessons (class_id, school_year_id);
CREATE INDEX ON lessons (period_number);
CREATE INDEX ON lessons (subject_code);
CREATE INDEX ON lessons (teacher_code);
CREATE INDEX ON lessons (room_name);
