-- Tournament page, knock-out bracket drawn from left (round of 16) to right (final). Each box: two
-- teams with tag and logo, score in maps (best of 1, 3 or 5), start time, a link to the stream. A
-- thin line leads to the box where the winner plays next. Clicking a box: maps in order with the
-- map's name, the rounds won by each team, and which team picked it. Teams list their five players
-- by nickname and role, with country flag. Prize money per final rank.

CREATE TABLE tournaments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE prizes (
    tournament_id bigint NOT NULL REFERENCES tournaments (id) ON DELETE CASCADE,
    final_rank smallint NOT NULL CHECK (final_rank > 0),
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tournament_id, final_rank)
);

CREATE TABLE teams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tag text NOT NULL UNIQUE,
    logo_url text
);

CREATE TABLE players (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id bigint REFERENCES teams (id),
    nickname text NOT NULL UNIQUE,
    role text NOT NULL,
    country_code varchar(2) NOT NULL CHECK (country_code ~ '^[A-Z]{2}$')
);

CREATE TABLE matches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tournament_id bigint NOT NULL REFERENCES tournaments (id) ON DELETE CASCADE,
    round smallint NOT NULL CHECK (round > 0),
    slot smallint NOT NULL CHECK (slot > 0),
    next_match_id bigint REFERENCES matches (id),
    first_team_id bigint REFERENCES teams (id),
    second_team_id bigint REFERENCES teams (id),
    best_of smallint NOT NULL CHECK (best_of IN (1, 3, 5)),
    starts_at timestamptz,
    stream_url text,
    UNIQUE (tournament_id, round, slot),
    CHECK (first_team_id <> second_team_id)
);

CREATE TABLE match_maps (
    match_id bigint NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 5),
    map_name text NOT NULL,
    picked_by bigint REFERENCES teams (id),
    first_team_rounds smallint CHECK (first_team_rounds >= 0),
    second_team_rounds smallint CHECK (second_team_rounds >= 0),
    PRIMARY KEY (match_id, position),
    UNIQUE (match_id, map_name)
);

COMMENT ON COLUMN matches.next_match_id IS 'Where the winner plays; empty for the final.';

CREATE INDEX ON players (team_id);
CREATE INDEX ON matches (next_match_id);
CREATE INDEX ON matches (first_team_id);
CREATE INDEX ON matches (second_team_id);
CREATE INDEX ON match_maps (picked_by);
