-- Survey builder. Questions are cards that can be moved: text, help text, required, kind: single
-- choice, multiple choice, scale (from, to, labels), free text, date. Choices have a text and can
-- be moved too. A question may only be asked if an earlier one was answered with a certain choice.
-- Share: public link, open until. Responses: one row per participant (started, finished, device),
-- one column per question.

CREATE TYPE question_kind AS ENUM (
    'single_choice', 'multiple_choice', 'scale', 'free_text', 'date'
);

CREATE TABLE surveys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL,
    public_slug text NOT NULL UNIQUE,
    open_until timestamptz
);

CREATE TABLE questions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    survey_id uuid NOT NULL REFERENCES surveys (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    kind question_kind NOT NULL,
    body text NOT NULL,
    help_text text,
    is_required boolean NOT NULL DEFAULT false,
    scale_from smallint,
    scale_to smallint,
    scale_from_label text,
    scale_to_label text,
    UNIQUE (survey_id, position) DEFERRABLE,
    CHECK ((kind = 'scale') = (scale_from IS NOT NULL AND scale_to IS NOT NULL)),
    CHECK (scale_to > scale_from)
);

CREATE TABLE choices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    question_id uuid NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    label text NOT NULL,
    UNIQUE (question_id, position) DEFERRABLE,
    UNIQUE (id, question_id)
);

CREATE TABLE question_conditions (
    question_id uuid PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
    choice_id uuid NOT NULL REFERENCES choices (id) ON DELETE CASCADE
);

CREATE TABLE responses (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    survey_id uuid NOT NULL REFERENCES surveys (id) ON DELETE CASCADE,
    device text,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CHECK (finished_at >= started_at)
);

CREATE TABLE answers (
    response_id uuid NOT NULL REFERENCES responses (id) ON DELETE CASCADE,
    question_id uuid NOT NULL REFERENCES questions (id),
    text_value text,
    scale_value smallint,
    date_value date,
    PRIMARY KEY (response_id, question_id),
    CHECK (num_nonnulls(text_value, scale_value, date_value) <= 1)
);

CREATE TABLE answer_choices (
    response_id uuid NOT NULL,
    question_id uuid NOT NULL,
    choice_id uuid NOT NULL,
    PRIMARY KEY (response_id, question_id, choice_id),
    FOREIGN KEY (response_id, question_id)
        REFERENCES answers (response_id, question_id) ON DELETE CASCADE,
    FOREIGN KEY (choice_id, question_id) REFERENCES choices (id, question_id)
);

CREATE INDEX ON question_conditions (choice_id);
CREATE INDEX ON responses (survey_id);
CREATE INDEX ON answers (question_id);
CREATE INDEX ON answer_choices (choice_id, question_id);
