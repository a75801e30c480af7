CREATE TYPE show_format AS ENUM ('interview', 'narrative', 'panel', 'news', 'fiction');
CREATE TYPE episode_kind AS ENUM ('full', 'trailer', 'bonus');
CREATE TYPE production_stage AS ENUM ('planned', 'recording', 'editing', 'review', 'published');
CREATE TYPE ad_position AS ENUM ('pre_roll', 'mid_roll', 'post_roll');

CREATE TABLE categories (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id smallint REFERENCES categories (id),
    name text NOT NULL UNIQUE
);

CREATE TABLE hosts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    handle text NOT NULL UNIQUE,
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    bio text,
    timezone text NOT NULL DEFAULT 'UTC',
    website text
);

CREATE TABLE shows (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL UNIQUE,
    subtitle text,
    category_id smallint NOT NULL REFERENCES categories (id),
    format show_format NOT NULL DEFAULT 'interview',
    cover_color text,
    feed_url text NOT NULL UNIQUE,
    language text NOT NULL DEFAULT 'en',
    is_explicit boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    launched_on date,
    subscriber_count integer NOT NULL DEFAULT 0 CHECK (subscriber_count >= 0)
);
CREATE INDEX shows_category_id_idx ON shows (category_id);

CREATE TABLE show_hosts (
    show_id bigint NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
    host_id bigint NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    PRIMARY KEY (show_id, host_id)
);
CREATE INDEX show_hosts_host_id_idx ON show_hosts (host_id);

CREATE TABLE episodes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    show_id bigint NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
    season smallint NOT NULL DEFAULT 1 CHECK (season > 0),
    episode_no smallint NOT NULL CHECK (episode_no > 0),
    kind episode_kind NOT NULL DEFAULT 'full',
    title text NOT NULL,
    description text,
    guest_name text,
    stage production_stage NOT NULL DEFAULT 'planned',
    length interval,
    file_size_mb numeric(6,1) CHECK (file_size_mb > 0),
    keywords text[] NOT NULL DEFAULT '{}',
    publish_at timestamptz,
    download_count integer NOT NULL DEFAULT 0 CHECK (download_count >= 0),
    UNIQUE (show_id, season, episode_no)
);
CREATE INDEX episodes_publish_at_idx ON episodes (publish_at DESC);
COMMENT ON COLUMN episodes.download_count IS 'Sum of the daily statistics, renewed every night';

CREATE TABLE chapters (
    episode_id bigint NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    chapter_no smallint NOT NULL CHECK (chapter_no > 0),
    title text NOT NULL,
    starts_at_second integer NOT NULL CHECK (starts_at_second >= 0),
    link_url text,
    PRIMARY KEY (episode_id, chapter_no)
);

CREATE TABLE sponsors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_name text NOT NULL UNIQUE,
    contact_email text NOT NULL,
    promo_code text UNIQUE,
    cpm_rate numeric(6,2) NOT NULL CHECK (cpm_rate > 0),
    budget numeric(12,2) CHECK (budget >= 0),
    contract_ends_on date
);
COMMENT ON COLUMN sponsors.cpm_rate IS 'Price of a thousand downloads';

CREATE TABLE ad_slots (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    episode_id bigint NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    sponsor_id bigint NOT NULL REFERENCES sponsors (id),
    slot ad_position NOT NULL DEFAULT 'mid_roll',
    script text,
    price numeric(10,2) NOT NULL CHECK (price >= 0),
    is_host_read boolean NOT NULL DEFAULT true,
    UNIQUE (episode_id, sponsor_id, slot)
);
CREATE INDEX ad_slots_sponsor_id_idx ON ad_slots (sponsor_id);

CREATE TABLE daily_downloads (
    episode_id bigint NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    day date NOT NULL,
    platform text NOT NULL,
    country text NOT NULL,
    downloads integer NOT NULL CHECK (downloads >= 0),
    completion_percent smallint CHECK (completion_percent BETWEEN 0 AND 100),
    PRIMARY KEY (episode_id, day, platform, country)
);

CREATE TABLE playlists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    curator_id bigint NOT NULL REFERENCES hosts (id),
    description text,
    is_public boolean NOT NULL DEFAULT false,
    follower_count integer NOT NULL DEFAULT 0 CHECK (follower_count >= 0)
);
CREATE INDEX playlists_curator_id_idx ON playlists (curator_id);

CREATE TABLE playlist_episodes (
    playlist_id bigint NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    episode_id bigint NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    sort_order integer NOT NULL CHECK (sort_order > 0),
    added_on date NOT NULL DEFAULT CURRENT_DATE,
    PRIMARY KEY (playlist_id, episode_id)
);
CREATE INDEX playlist_episodes_episode_id_idx ON playlist_episodes (episode_id);
