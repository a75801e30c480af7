-- Learner's page in an e-learning portal. On top the course with cover, teacher and a ring "62 %
-- complete". Modules fold open to lessons with an icon for video, article or quiz, the minutes and
-- a tick when done; a video remembers where one stopped. A quiz shows the attempts: date, points of
-- maximum, passed or not (pass mark in %). At the end a certificate with number and issue date.

CREATE TABLE teachers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE courses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    teacher_id bigint NOT NULL REFERENCES teachers (id),
    title text NOT NULL,
    cover_url text
);

CREATE TABLE modules (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    course_id bigint NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    title text NOT NULL,
    UNIQUE (course_id, position)
);

CREATE TABLE lessons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    module_id bigint NOT NULL REFERENCES modules (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    title text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('video', 'article', 'quiz')),
    minutes smallint NOT NULL CHECK (minutes > 0),
    max_points smallint CHECK (max_points > 0),
    pass_percent smallint CHECK (pass_percent BETWEEN 1 AND 100),
    UNIQUE (module_id, position),
    CHECK ((kind = 'quiz') = (max_points IS NOT NULL)),
    CHECK ((kind = 'quiz') = (pass_percent IS NOT NULL))
);

CREATE TABLE learners (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE lesson_visits (
    learner_id bigint NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    lesson_id bigint NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
    stopped_at_seconds integer CHECK (stopped_at_seconds >= 0),
    completed_at timestamptz,
    PRIMARY KEY (learner_id, lesson_id)
);

CREATE TABLE quiz_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    learner_id bigint NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    lesson_id bigint NOT NULL REFERENCES lessons (id),
    attempted_at timestamptz NOT NULL DEFAULT now(),
    points smallint NOT NULL CHECK (points >= 0),
    is_passed boolean NOT NULL
);

CREATE TABLE certificates (
    certificate_number text PRIMARY KEY,
    learner_id bigint NOT NULL REFERENCES learners (id),
    course_id bigint NOT NULL REFERENCES courses (id),
    issued_on date NOT NULL,
    UNIQUE (learner_id, course_id)
);

CREATE INDEX ON courses (teacher_id);
CREATE INDEX ON lesson_visits (lesson_id);
CREATE INDEX ON quiz_attempts (learner_id, lesson_id);
CREATE INDEX ON quiz_attempts (lesson_id);
CREATE INDEX ON certificates (course_id);
