CREATE TYPE article_status AS ENUM ('idea', 'writing', 'editing', 'scheduled', 'published', 'archived');
CREATE TYPE comment_state AS ENUM ('pending', 'approved', 'hidden', 'spam');
CREATE TYPE media_kind AS ENUM ('photo', 'video', 'graphic', 'audio');

CREATE TABLE site_settings (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    site_name text NOT NULL,
    tagline text,
    contact_email text NOT NULL,
    accent_color text NOT NULL DEFAULT '#1d4ed8',
    articles_per_page smallint NOT NULL DEFAULT 20 CHECK (articles_per_page BETWEEN 5 AND 100),
    comments_enabled boolean NOT NULL DEFAULT true,
    moderate_first_comment boolean NOT NULL DEFAULT true,
    show_author_bio boolean NOT NULL DEFAULT true,
    morning_digest_at time
);

CREATE TABLE sections (
    section_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_section_id bigint REFERENCES sections (section_id) ON DELETE CASCADE,
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    color text,
    sort_order integer NOT NULL DEFAULT 0,
    is_in_menu boolean NOT NULL DEFAULT true
);
CREATE INDEX sections_parent_section_id_idx ON sections (parent_section_id, sort_order);

CREATE TABLE authors (
    author_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    byline text NOT NULL UNIQUE,
    email text NOT NULL UNIQUE,
    beat text,
    bio text,
    is_freelance boolean NOT NULL DEFAULT false,
    joined_on date
);

CREATE TABLE media_assets (
    media_asset_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind media_kind NOT NULL DEFAULT 'photo',
    file_name text NOT NULL UNIQUE,
    caption text,
    credit text NOT NULL,
    width_px integer CHECK (width_px > 0),
    height_px integer CHECK (height_px > 0),
    taken_on date,
    licence_ends_on date
);
COMMENT ON COLUMN media_assets.licence_ends_on IS 'Must be taken offline after this day';

CREATE TABLE tags (
    tag_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL UNIQUE
);

CREATE TABLE articles (
    article_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    section_id bigint NOT NULL REFERENCES sections (section_id),
    author_id bigint NOT NULL REFERENCES authors (author_id),
    editor_id bigint REFERENCES authors (author_id) ON DELETE SET NULL,
    lead_image_id bigint REFERENCES media_assets (media_asset_id) ON DELETE SET NULL,
    headline text NOT NULL,
    slug text NOT NULL UNIQUE,
    standfirst text,
    body text NOT NULL,
    status article_status NOT NULL DEFAULT 'idea',
    word_count integer NOT NULL DEFAULT 0 CHECK (word_count >= 0),
    is_premium boolean NOT NULL DEFAULT false,
    deadline_at timestamptz,
    published_at timestamptz,
    view_count bigint NOT NULL DEFAULT 0 CHECK (view_count >= 0)
);
CREATE INDEX articles_section_id_idx ON articles (section_id, published_at DESC);
CREATE INDEX articles_author_id_idx ON articles (author_id);
CREATE INDEX articles_unpublished_idx ON articles (deadline_at) WHERE published_at IS NULL;

CREATE TABLE article_tags (
    article_id bigint NOT NULL REFERENCES articles (article_id) ON DELETE CASCADE,
    tag_id bigint NOT NULL REFERENCES tags (tag_id) ON DELETE CASCADE,
    PRIMARY KEY (article_id, tag_id)
);
CREATE INDEX article_tags_tag_id_idx ON article_tags (tag_id);

CREATE TABLE revisions (
    article_id bigint NOT NULL REFERENCES articles (article_id) ON DELETE CASCADE,
    revision_no integer NOT NULL CHECK (revision_no > 0),
    author_id bigint NOT NULL REFERENCES authors (author_id),
    change_note text,
    saved_at timestamptz NOT NULL DEFAULT now(),
    words_changed integer NOT NULL CHECK (words_changed >= 0),
    PRIMARY KEY (article_id, revision_no)
);
CREATE INDEX revisions_author_id_idx ON revisions (author_id);

CREATE TABLE comments (
    comment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article_id bigint NOT NULL REFERENCES articles (article_id) ON DELETE CASCADE,
    reply_to_id bigint REFERENCES comments (comment_id) ON DELETE CASCADE,
    display_name text NOT NULL,
    email text,
    message text NOT NULL,
    state comment_state NOT NULL DEFAULT 'pending',
    like_count integer NOT NULL DEFAULT 0 CHECK (like_count >= 0),
    posted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX comments_article_id_idx ON comments (article_id, posted_at DESC);
CREATE INDEX comments_reply_to_id_idx ON comments (reply_to_id);
