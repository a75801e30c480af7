-- Forum > Woodworking > Hand tools
-- --------------------------------------------------------------
-- How do I flatten a warped plane sole?        [pinned] [solved]
-- started by marta_k, 12 May, 1,204 views
-- --------------------------------------------------------------
-- (o) marta_k   member since 2019, 311 posts
--     I have a No. 4 that rocks on the glass ...        ^ 14
--     edited 13 May
--     |
--     +-- (o) oldoak   moderator
--     |       Sandpaper on a granite plate ...          ^ 22  [accepted]
--     |       +-- (o) marta_k
--     |               Thanks, that did it!              ^  3
--     +-- (o) jrb
--             Do not bother, ...                        v -2
-- [ Write a reply ... ]                                   [Post]
-- --------------------------------------------------------------
-- Arrows are votes, one a member and post, up or down. Forums nest.

CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL,
    is_moderator boolean NOT NULL DEFAULT false,
    joined_on date NOT NULL DEFAULT current_date
);

CREATE TABLE forums (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id bigint REFERENCES forums (id),
    name text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (parent_id, name),
    CHECK (parent_id <> id)
);

CREATE TABLE threads (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    forum_id bigint NOT NULL REFERENCES forums (id),
    started_by bigint NOT NULL REFERENCES members (id),
    title text NOT NULL,
    is_pinned boolean NOT NULL DEFAULT false,
    views integer NOT NULL DEFAULT 0 CHECK (views >= 0),
    started_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE posts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thread_id bigint NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    parent_id bigint,
    member_id bigint NOT NULL REFERENCES members (id),
    body text NOT NULL,
    is_accepted boolean NOT NULL DEFAULT false,
    posted_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    UNIQUE (id, thread_id),
    FOREIGN KEY (parent_id, thread_id) REFERENCES posts (id, thread_id) ON DELETE CASCADE
);

CREATE TABLE votes (
    post_id bigint NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    value smallint NOT NULL CHECK (value IN (-1, 1)),
    PRIMARY KEY (post_id, member_id)
);

COMMENT ON COLUMN posts.parent_id IS 'The post this one replies to; of the same thread.';

CREATE UNIQUE INDEX members_username ON members (lower(username));
CREATE UNIQUE INDEX posts_one_accepted_per_thread ON posts (thread_id) WHERE is_accepted;
CREATE INDEX ON threads (forum_id, is_pinned, started_at);
CREATE INDEX ON threads (started_by);
CREATE INDEX ON posts (thread_id, posted_at);
CREATE INDEX ON posts (parent_id, thread_id);
CREATE INDEX ON posts (member_id);
CREATE INDEX ON votes (member_id);
