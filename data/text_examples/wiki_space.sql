-- Wiki. Left: the page tree of the space, pages can be dragged under another page. Middle: title,
-- body in Markdown, labels, "last edited by Tomas, yesterday". Menu: History (revision no., editor,
-- time, remark; compare any two, restore), Watch, Move, Archive. Under the page: comments, which
-- can be resolved. Two pages of a space cannot have the same title.

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL
);

CREATE TABLE spaces (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);

CREATE TABLE pages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    space_id uuid NOT NULL REFERENCES spaces (id),
    parent_id uuid,
    position integer NOT NULL DEFAULT 0,
    title text NOT NULL,
    archived_at timestamptz,
    UNIQUE (space_id, title),
    UNIQUE (id, space_id),
    FOREIGN KEY (parent_id, space_id) REFERENCES pages (id, space_id),
    CHECK (parent_id <> id)
);

CREATE TABLE page_revisions (
    page_id uuid NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    revision integer NOT NULL CHECK (revision > 0),
    body text NOT NULL,
    edited_by uuid NOT NULL REFERENCES users (id),
    edited_at timestamptz NOT NULL DEFAULT now(),
    remark text,
    PRIMARY KEY (page_id, revision)
);

CREATE TABLE page_labels (
    page_id uuid NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    label text NOT NULL,
    PRIMARY KEY (page_id, label)
);

CREATE TABLE page_watchers (
    page_id uuid NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (page_id, user_id)
);

CREATE TABLE comments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    page_id uuid NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    author_id uuid NOT NULL REFERENCES users (id),
    body text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz
);

COMMENT ON TABLE page_revisions IS 'The highest revision is the page as it is read.';

CREATE INDEX ON pages (parent_id, space_id);
CREATE INDEX ON page_revisions (edited_by);
CREATE INDEX ON page_labels (label);
CREATE INDEX ON page_watchers (user_id);
CREATE INDEX ON comments (page_id, written_at);
CREATE INDEX ON comments (author_id);
