CREATE TYPE degree AS ENUM ('bachelor', 'master', 'doctorate');
CREATE TYPE term AS ENUM ('autumn', 'spring', 'summer');
CREATE TYPE enrolment_status AS ENUM ('enrolled', 'waitlisted', 'dropped', 'passed', 'failed');
CREATE TYPE exam_form AS ENUM ('written', 'oral', 'project', 'online');

CREATE TABLE faculties (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    dean text
);

CREATE TABLE programmes (
    code text PRIMARY KEY,
    faculty_id text NOT NULL REFERENCES faculties (code),
    title text NOT NULL,
    degree degree NOT NULL,
    credits smallint NOT NULL CHECK (credits IN (60, 90, 120, 180, 240)),
    tuition_per_year numeric(8,2) NOT NULL DEFAULT 0,
    UNIQUE (degree, title)
);
CREATE INDEX programmes_faculty_id_idx ON programmes (faculty_id);

CREATE TABLE students (
    matriculation_no text PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL UNIQUE,
    programme_id text NOT NULL REFERENCES programmes (code),
    admitted_on date NOT NULL,
    semester smallint NOT NULL DEFAULT 1 CHECK (semester BETWEEN 1 AND 20),
    nationality text,
    gpa numeric(3,2) CHECK (gpa BETWEEN 0 AND 4),
    has_scholarship boolean NOT NULL DEFAULT false
);
CREATE INDEX students_programme_id_idx ON students (programme_id);

CREATE TABLE lecturers (
    staff_no text PRIMARY KEY,
    academic_title text,
    full_name text NOT NULL,
    faculty_id text NOT NULL REFERENCES faculties (code),
    email text NOT NULL UNIQUE,
    office text,
    office_hours text
);

CREATE TABLE courses (
    code text PRIMARY KEY,
    faculty_id text NOT NULL REFERENCES faculties (code),
    title text NOT NULL,
    credits smallint NOT NULL CHECK (credits > 0),
    level degree NOT NULL DEFAULT 'bachelor',
    language text NOT NULL,
    syllabus text
);
CREATE INDEX courses_title_idx ON courses (title);

CREATE TABLE prerequisites (
    course_id text NOT NULL REFERENCES courses (code) ON DELETE CASCADE,
    required_course_id text NOT NULL REFERENCES courses (code),
    PRIMARY KEY (course_id, required_course_id)
);
COMMENT ON TABLE prerequisites IS 'Courses to be passed before another may be taken';

CREATE TABLE lecture_rooms (
    code text PRIMARY KEY,
    building text NOT NULL,
    capacity smallint NOT NULL CHECK (capacity > 0),
    is_accessible boolean NOT NULL DEFAULT true
);

CREATE TABLE sections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    course_id text NOT NULL REFERENCES courses (code),
    term term NOT NULL,
    year smallint NOT NULL CHECK (year BETWEEN 2000 AND 2100),
    group_no smallint NOT NULL DEFAULT 1,
    lecturer_id text REFERENCES lecturers (staff_no),
    room_id text REFERENCES lecture_rooms (code),
    weekday text NOT NULL,
    starts time NOT NULL,
    ends time NOT NULL,
    max_students smallint NOT NULL CHECK (max_students > 0),
    UNIQUE (course_id, term, year, group_no),
    CHECK (ends > starts)
);
CREATE INDEX sections_lecturer_id_idx ON sections (lecturer_id);

CREATE TABLE enrolments (
    student_id text NOT NULL REFERENCES students (matriculation_no) ON DELETE CASCADE,
    section_id bigint NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
    status enrolment_status NOT NULL DEFAULT 'enrolled',
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    final_mark numeric(3,1) CHECK (final_mark BETWEEN 0 AND 10),
    attendance smallint CHECK (attendance BETWEEN 0 AND 100),
    PRIMARY KEY (student_id, section_id)
);
CREATE INDEX enrolments_section_id_idx ON enrolments (section_id);

CREATE TABLE exams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    section_id bigint NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
    form exam_form NOT NULL,
    held_on date NOT NULL,
    begins time NOT NULL,
    minutes smallint NOT NULL CHECK (minutes BETWEEN 15 AND 300),
    room_id text REFERENCES lecture_rooms (code),
    invigilator_id text REFERENCES lecturers (staff_no),
    aids_allowed text,
    is_resit boolean NOT NULL DEFAULT false
);
CREATE INDEX exams_held_on_idx ON exams (held_on);
