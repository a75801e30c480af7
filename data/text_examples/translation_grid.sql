-- Grid of a translation tool. First column: the key (checkout.pay_button), with a comment for
-- translators and a screenshot on hover. Then one column a language, source language first,
-- right-to-left ones aligned right. Cells: text, a coloured corner (missing, draft, reviewed,
-- outdated), who changed it last and when. Plural keys unfold into one row per form (zero, one,
-- two, few, many, other). Filter by namespace; search in key and text. A cell's history can be
-- opened and an old text restored.

CREATE TYPE translation_state AS ENUM ('draft', 'reviewed', 'outdated');
CREATE TYPE plural_form AS ENUM ('zero', 'one', 'two', 'few', 'many', 'other');

CREATE TABLE languages (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    is_source boolean NOT NULL DEFAULT false,
    is_right_to_left boolean NOT NULL DEFAULT false
);

CREATE TABLE translators (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE translation_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    namespace text NOT NULL,
    name text NOT NULL,
    is_plural boolean NOT NULL DEFAULT false,
    comment text,
    screenshot_url text,
    UNIQUE (namespace, name)
);

CREATE TABLE translations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    translation_key_id bigint NOT NULL REFERENCES translation_keys (id) ON DELETE CASCADE,
    language_code text NOT NULL REFERENCES languages (code),
    plural_form plural_form NOT NULL DEFAULT 'other',
    state translation_state NOT NULL DEFAULT 'draft',
    UNIQUE (translation_key_id, language_code, plural_form)
);

CREATE TABLE translation_revisions (
    translation_id bigint NOT NULL REFERENCES translations (id) ON DELETE CASCADE,
    revision integer NOT NULL CHECK (revision > 0),
    body text NOT NULL,
    changed_by bigint NOT NULL REFERENCES translators (id),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (translation_id, revision)
);

COMMENT ON TABLE translation_revisions IS 'The highest revision is the text shown in the grid.';

CREATE UNIQUE INDEX languages_one_source ON languages (is_source) WHERE is_source;
CREATE INDEX ON translations (language_code, state);
CREATE INDEX ON translation_revisions (changed_by);
