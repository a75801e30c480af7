-- Dating app. A stack of profile cards: first name, age, distance, a short bio, up to six photos to
-- tap through, interests as chips. Swipe right = like, left = pass, up = super like. If both liked
-- each other a "It's a match" sheet pops up and the pair appears under Matches with the last
-- message; the chat shows read receipts. Either side can unmatch. In Settings: who I am looking for
-- (women, men, everyone), age range by a double slider, maximum distance in km.

CREATE TYPE gender AS ENUM ('woman', 'man', 'other');
CREATE TYPE swipe_kind AS ENUM ('like', 'pass', 'super_like');

CREATE TABLE profiles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    first_name text NOT NULL,
    born_on date NOT NULL,
    gender gender NOT NULL,
    bio text,
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    interests text[] NOT NULL DEFAULT '{}',
    looking_for text NOT NULL DEFAULT 'everyone'
        CHECK (looking_for IN ('women', 'men', 'everyone')),
    age_min smallint NOT NULL DEFAULT 18 CHECK (age_min >= 18),
    age_max smallint NOT NULL DEFAULT 99,
    max_distance_km smallint NOT NULL DEFAULT 50 CHECK (max_distance_km > 0),
    CHECK (age_max >= age_min)
);

CREATE TABLE profile_photos (
    profile_id uuid NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 6),
    url text NOT NULL,
    PRIMARY KEY (profile_id, position)
);

CREATE TABLE swipes (
    swiper_id uuid NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    swiped_id uuid NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    kind swipe_kind NOT NULL,
    PRIMARY KEY (swiper_id, swiped_id),
    CHECK (swiper_id <> swiped_id)
);

CREATE TABLE matches (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    first_profile_id uuid NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    second_profile_id uuid NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    unmatched_at timestamptz,
    UNIQUE (first_profile_id, second_profile_id),
    CHECK (first_profile_id < second_profile_id)
);

CREATE TABLE messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    match_id uuid NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    sender_id uuid NOT NULL REFERENCES profiles (id),
    body text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz,
    CHECK (read_at >= sent_at)
);

COMMENT ON TABLE matches IS 'One row a pair: the smaller id comes first.';

CREATE INDEX ON swipes (swiped_id);
CREATE INDEX ON matches (second_profile_id);
CREATE INDEX ON messages (match_id, sent_at);
CREATE INDEX ON messages (sender_id);
