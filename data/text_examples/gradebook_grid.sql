-- Spreadsheet-like gradebook of one course section. First columns frozen: student no., last name,
-- first name. Then a column an assignment, with its title, category (homework 20 %, tests 50 %,
-- project 30 %), maximum points and due date in the head. A cell is a number, "late", "excused" or
-- empty; small red triangle = comment. Last column: weighted average and letter. Entering works
-- like in a spreadsheet, with undo.

CREATE TABLE course_sections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE students (
    student_number integer PRIMARY KEY,
    last_name text NOT NULL,
    first_name text NOT NULL
);

CREATE TABLE enrollments (
    course_section_id bigint NOT NULL REFERENCES course_sections (id),
    student_number integer NOT NULL REFERENCES students (student_number),
    PRIMARY KEY (course_section_id, student_number)
);

CREATE TABLE grade_categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    course_section_id bigint NOT NULL REFERENCES course_sections (id) ON DELETE CASCADE,
    name text NOT NULL,
    weight_percent numeric(5, 2) NOT NULL CHECK (weight_percent > 0 AND weight_percent <= 100),
    UNIQUE (course_section_id, name),
    UNIQUE (id, course_section_id)
);

CREATE TABLE assignments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    course_section_id bigint NOT NULL,
    grade_category_id bigint NOT NULL,
    title text NOT NULL,
    max_points numeric(6, 2) NOT NULL CHECK (max_points > 0),
    due_on date,
    UNIQUE (course_section_id, title),
    UNIQUE (id, course_section_id),
    FOREIGN KEY (grade_category_id, course_section_id)
        REFERENCES grade_categories (id, course_section_id)
);

CREATE TABLE grades (
    assignment_id bigint NOT NULL,
    course_section_id bigint NOT NULL,
    student_number integer NOT NULL,
    points numeric(6, 2) CHECK (points >= 0),
    mark text CHECK (mark IN ('late', 'excused')),
    comment text,
    PRIMARY KEY (assignment_id, student_number),
    FOREIGN KEY (assignment_id, course_section_id)
        REFERENCES assignments (id, course_section_id) ON DELETE CASCADE,
    FOREIGN KEY (course_section_id, student_number)
        REFERENCES enrollments (course_section_id, student_number) ON DELETE CASCADE,
    CHECK (points IS NULL OR mark IS NULL)
);

CREATE INDEX ON enrollments (student_number);
CREATE INDEX ON assignments (grade_category_id, course_section_id);
CREATE INDEX ON grades (assignment_id, course_section_id);
CREATE INDEX ON grades (course_section_id, student_number);
