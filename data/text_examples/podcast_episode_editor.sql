-- Edit episode
--   Show             [ drop-down ]
--   Season / Number  [ ] / [ ]
--   Title *          [ at most 120 characters ]
--   Summary          [ rich text ]
--   Audio file *     waveform, length 00:43:17, 41.2 MB
--   Explicit         ( ) yes (o) no
--   Publish          ( ) now  ( ) at [date, time, zone]  (o) draft
--   Chapters         start | title | link            [+]
--   Guests           avatar, name, website           [+]
--   Sponsors         name, position (pre / mid / post-roll), read by host?

CREATE TABLE shows (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL
);

CREATE TABLE episodes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    show_id uuid NOT NULL REFERENCES shows (id),
    season smallint CHECK (season > 0),
    number smallint CHECK (number > 0),
    title varchar(120) NOT NULL,
    summary text,
    audio_url text NOT NULL,
    duration interval NOT NULL CHECK (duration > interval '0'),
    file_bytes bigint NOT NULL CHECK (file_bytes > 0),
    is_explicit boolean NOT NULL DEFAULT false,
    publish_at timestamptz,
    UNIQUE (show_id, season, number)
);

CREATE TABLE chapters (
    episode_id uuid NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    starts_after interval NOT NULL CHECK (starts_after >= interval '0'),
    title text NOT NULL,
    url text,
    PRIMARY KEY (episode_id, starts_after)
);

CREATE TABLE guests (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL,
    avatar_url text,
    website_url text
);

CREATE TABLE episode_guests (
    episode_id uuid NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    guest_id uuid NOT NULL REFERENCES guests (id),
    PRIMARY KEY (episode_id, guest_id)
);

CREATE TABLE sponsors (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);

CREATE TABLE episode_sponsors (
    episode_id uuid NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    sponsor_id uuid NOT NULL REFERENCES sponsors (id),
    slot text NOT NULL CHECK (slot IN ('pre_roll', 'mid_roll', 'post_roll')),
    is_host_read boolean NOT NULL DEFAULT false,
    PRIMARY KEY (episode_id, sponsor_id, slot)
);

COMMENT ON COLUMN episodes.publish_at IS 'Empty for a draft.';

CREATE INDEX ON episodes (publish_at);
CREATE INDEX ON episode_guests (guest_id);
CREATE INDEX ON episode_sponsors (sponsor_id);
