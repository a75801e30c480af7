-- Club championship, Swiss system, 7 rounds
--
-- Round | Board | White (rating) | Black (rating) | Result 1-0 / 0-1 / half / + - (forfeit)
-- Standings: rank, player, points, Buchholz
-- A player may take a bye in a round (half a point). Nobody meets the same opponent twice.

CREATE TYPE game_result AS ENUM (
    'white_wins', 'black_wins', 'draw', 'white_forfeits', 'black_forfeits'
);

CREATE TABLE players (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    rating smallint CHECK (rating > 0)
);

CREATE TABLE games (
    round smallint NOT NULL CHECK (round BETWEEN 1 AND 7),
    board smallint NOT NULL CHECK (board > 0),
    white_id bigint NOT NULL REFERENCES players (id),
    black_id bigint NOT NULL REFERENCES players (id),
    result game_result,
    PRIMARY KEY (round, board),
    UNIQUE (white_id, round),
    UNIQUE (black_id, round),
    CHECK (white_id <> black_id)
);

CREATE TABLE byes (
    player_id bigint NOT NULL REFERENCES players (id),
    round smallint NOT NULL CHECK (round BETWEEN 1 AND 7),
    PRIMARY KEY (player_id, round)
);

CREATE UNIQUE INDEX games_opponents_meet_once
    ON games (least(white_id, black_id), greatest(white_id, black_id));
