-- A music app. Home: my playlists as covers. Tap one: cover, name, owner, "public" or "private", then the
-- songs: title, artists, album, length; the same song may be in twice. Long-press and drag to reorder.
-- Swipe a song left to remove it from the playlist. Tap the heart to like it, and to unlike it again. The
-- tab "Recent" shows what I played and when.

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    display_name text NOT NULL
);

CREATE TABLE albums (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL
);

CREATE TABLE artists (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL
);

CREATE TABLE songs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    album_id uuid NOT NULL REFERENCES albums (id),
    title text NOT NULL,
    duration_seconds integer NOT NULL CHECK (duration_seconds > 0)
);

CREATE TABLE song_artists (
    song_id uuid NOT NULL REFERENCES songs (id) ON DELETE CASCADE,
    artist_id uuid NOT NULL REFERENCES artists (id),
    PRIMARY KEY (song_id, artist_id)
);

CREATE TABLE playlists (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    cover_url text,
    is_public boolean NOT NULL DEFAULT false
);

CREATE TABLE playlist_songs (
    playlist_id uuid NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    position integer NOT NULL CHECK (position > 0),
    song_id uuid NOT NULL REFERENCES songs (id),
    PRIMARY KEY (playlist_id, position)
);

CREATE TABLE likes (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    song_id uuid NOT NULL REFERENCES songs (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, song_id)
);

CREATE TABLE plays (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    song_id uuid NOT NULL REFERENCES songs (id),
    played_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON songs (album_id);
CREATE INDEX ON song_artists (artist_id);
CREATE INDEX ON playlists (owner_id);
CREATE INDEX ON playlist_songs (song_id);
CREATE INDEX ON likes (song_id);
CREATE INDEX ON plays (user_id, played_at DESC);
CREATE INDEX ON plays (song_id);
