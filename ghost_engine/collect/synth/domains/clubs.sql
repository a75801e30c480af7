CREATE TYPE player_position AS ENUM ('goalkeeper', 'defender', 'midfielder', 'forward');
CREATE TYPE match_status AS ENUM ('scheduled', 'live', 'played', 'postponed', 'cancelled');
CREATE TYPE fee_status AS ENUM ('open', 'paid', 'overdue', 'waived');
CREATE TYPE match_event AS ENUM ('goal', 'own_goal', 'yellow_card', 'red_card', 'substitution');

CREATE TABLE club_settings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    club_name text NOT NULL,
    short_name text NOT NULL CHECK (length(short_name) <= 5),
    founded_year smallint NOT NULL CHECK (founded_year > 1800),
    home_color text NOT NULL,
    away_color text NOT NULL,
    contact_email text NOT NULL,
    iban text,
    registration_is_open boolean NOT NULL DEFAULT true,
    show_results_publicly boolean NOT NULL DEFAULT true,
    send_fee_reminders boolean NOT NULL DEFAULT true,
    reminder_days smallint NOT NULL DEFAULT 14 CHECK (reminder_days BETWEEN 1 AND 90)
);
COMMENT ON TABLE club_settings IS 'One row: the club that uses the system';

CREATE TABLE seasons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    CHECK (ends_on > starts_on)
);

CREATE TABLE venues (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    street text,
    city text NOT NULL,
    capacity integer CHECK (capacity > 0),
    surface text NOT NULL,
    has_floodlights boolean NOT NULL DEFAULT false
);

CREATE TABLE coaches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    licence_level text NOT NULL,
    licence_until date,
    email text NOT NULL UNIQUE,
    phone text
);

CREATE TABLE teams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    age_group text NOT NULL,
    division text,
    coach_id bigint REFERENCES coaches (id) ON DELETE SET NULL,
    home_venue_id bigint REFERENCES venues (id),
    training_days text,
    max_squad smallint NOT NULL DEFAULT 22 CHECK (max_squad > 0)
);
CREATE INDEX teams_coach_id_idx ON teams (coach_id);

CREATE TABLE players (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_number text NOT NULL UNIQUE,
    first_name text NOT NULL,
    last_name text NOT NULL,
    birth_date date NOT NULL,
    team_id bigint REFERENCES teams (id) ON DELETE SET NULL,
    position_played player_position NOT NULL,
    shirt_number smallint CHECK (shirt_number BETWEEN 1 AND 99),
    is_captain boolean NOT NULL DEFAULT false,
    guardian_name text,
    guardian_phone text,
    medical_check_until date,
    joined_on date NOT NULL,
    UNIQUE (team_id, shirt_number)
);
CREATE INDEX players_last_name_idx ON players (last_name, first_name);

CREATE TABLE opponents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    city text NOT NULL,
    contact_phone text
);

CREATE TABLE matches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    season_id bigint NOT NULL REFERENCES seasons (id),
    team_id bigint NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    opponent_id bigint NOT NULL REFERENCES opponents (id),
    venue_id bigint REFERENCES venues (id),
    kickoff_at timestamptz NOT NULL,
    is_home boolean NOT NULL DEFAULT true,
    matchday smallint CHECK (matchday > 0),
    goals_for smallint CHECK (goals_for >= 0),
    goals_against smallint CHECK (goals_against >= 0),
    attendance integer CHECK (attendance >= 0),
    referee text,
    status match_status NOT NULL DEFAULT 'scheduled'
);
CREATE INDEX matches_team_id_idx ON matches (team_id, kickoff_at DESC);
CREATE INDEX matches_opponent_id_idx ON matches (opponent_id);

CREATE TABLE lineups (
    match_id bigint NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    player_id bigint NOT NULL REFERENCES players (id),
    is_starter boolean NOT NULL DEFAULT true,
    minutes_played smallint NOT NULL DEFAULT 0 CHECK (minutes_played BETWEEN 0 AND 130),
    rating numeric(3,1) CHECK (rating BETWEEN 1 AND 10),
    PRIMARY KEY (match_id, player_id)
);
CREATE INDEX lineups_player_id_idx ON lineups (player_id);

CREATE TABLE match_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    match_id bigint NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    match_minute smallint NOT NULL CHECK (match_minute BETWEEN 0 AND 130),
    kind match_event NOT NULL,
    player_id bigint REFERENCES players (id),
    assisted_by_id bigint REFERENCES players (id),
    remark text
);
CREATE INDEX match_events_match_id_idx ON match_events (match_id, match_minute);

CREATE TABLE membership_fees (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player_id bigint NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    season_id bigint NOT NULL REFERENCES seasons (id),
    amount numeric(8,2) NOT NULL CHECK (amount >= 0),
    sibling_discount numeric(8,2) NOT NULL DEFAULT 0 CHECK (sibling_discount >= 0),
    due_on date NOT NULL,
    paid_on date,
    status fee_status NOT NULL DEFAULT 'open',
    UNIQUE (player_id, season_id)
);
CREATE INDEX membership_fees_due_on_idx ON membership_fees (due_on) WHERE status = 'open';
