CREATE TYPE weekday AS ENUM ('monday', 'tuesday', 'wednesday', 'thursday', 'friday');
CREATE TYPE assessment AS ENUM ('written_test', 'oral', 'homework', 'presentation', 'project');
CREATE TYPE absence_state AS ENUM ('open', 'excused', 'unexcused');

CREATE TABLE subjects (
    code text PRIMARY KEY CHECK (char_length(code) BETWEEN 1 AND 4),
    name text NOT NULL UNIQUE,
    is_main boolean NOT NULL DEFAULT false,
    color text
);

CREATE TABLE rooms (
    number text PRIMARY KEY,
    building text NOT NULL,
    seats smallint NOT NULL CHECK (seats > 0),
    has_projector boolean NOT NULL DEFAULT true
);

CREATE TABLE teachers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    initials text NOT NULL UNIQUE,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL UNIQUE,
    weekly_lessons smallint NOT NULL DEFAULT 24 CHECK (weekly_lessons BETWEEN 2 AND 30)
);
COMMENT ON COLUMN teachers.initials IS 'As printed in the timetable';

CREATE TABLE teacher_subjects (
    teacher_id integer NOT NULL REFERENCES teachers (id) ON DELETE CASCADE,
    subject_id text NOT NULL REFERENCES subjects (code),
    PRIMARY KEY (teacher_id, subject_id)
);

CREATE TABLE classes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    school_year text NOT NULL,
    grade_level smallint NOT NULL CHECK (grade_level BETWEEN 1 AND 13),
    form_teacher_id integer REFERENCES teachers (id) ON DELETE SET NULL,
    home_room_id text REFERENCES rooms (number),
    UNIQUE (school_year, name)
);

CREATE TABLE pupils (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class_id integer REFERENCES classes (id) ON DELETE SET NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    birth_date date NOT NULL,
    enrolled_on date NOT NULL,
    street text,
    city text,
    mother_tongue text,
    has_lunch boolean NOT NULL DEFAULT false,
    takes_bus boolean NOT NULL DEFAULT false,
    medical_notes text
);
CREATE INDEX pupils_class_id_idx ON pupils (class_id);
CREATE INDEX pupils_name_idx ON pupils (last_name, first_name);

CREATE TABLE guardians (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    phone text NOT NULL,
    email text,
    occupation text
);

CREATE TABLE pupil_guardians (
    pupil_id integer NOT NULL REFERENCES pupils (id) ON DELETE CASCADE,
    guardian_id integer NOT NULL REFERENCES guardians (id) ON DELETE CASCADE,
    relation text NOT NULL,
    may_collect boolean NOT NULL DEFAULT true,
    PRIMARY KEY (pupil_id, guardian_id)
);
CREATE INDEX pupil_guardians_guardian_id_idx ON pupil_guardians (guardian_id);

CREATE TABLE timetable_slots (
    class_id integer NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
    day weekday NOT NULL,
    lesson smallint NOT NULL CHECK (lesson BETWEEN 1 AND 10),
    subject_id text NOT NULL REFERENCES subjects (code),
    teacher_id integer NOT NULL REFERENCES teachers (id),
    room_id text REFERENCES rooms (number),
    begins time NOT NULL,
    PRIMARY KEY (class_id, day, lesson)
);
CREATE INDEX timetable_slots_teacher_id_idx ON timetable_slots (teacher_id, day);

CREATE TABLE grades (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pupil_id integer NOT NULL REFERENCES pupils (id) ON DELETE CASCADE,
    subject_id text NOT NULL REFERENCES subjects (code),
    teacher_id integer NOT NULL REFERENCES teachers (id),
    kind assessment NOT NULL,
    topic text,
    mark numeric(2,1) NOT NULL CHECK (mark BETWEEN 1 AND 6),
    weight numeric(3,1) NOT NULL DEFAULT 1 CHECK (weight > 0),
    graded_on date NOT NULL
);
CREATE INDEX grades_pupil_id_idx ON grades (pupil_id, subject_id);

CREATE TABLE absences (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pupil_id integer NOT NULL REFERENCES pupils (id) ON DELETE CASCADE,
    first_day date NOT NULL,
    last_day date NOT NULL,
    reason text,
    state absence_state NOT NULL DEFAULT 'open',
    CHECK (last_day >= first_day)
);
CREATE INDEX absences_pupil_id_idx ON absences (pupil_id);
