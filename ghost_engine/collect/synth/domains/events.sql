CREATE TYPE event_format AS ENUM ('in_person', 'online', 'hybrid');
CREATE TYPE session_level AS ENUM ('beginner', 'intermediate', 'advanced');
CREATE TYPE order_state AS ENUM ('pending', 'paid', 'refunded', 'cancelled');

CREATE TABLE venues (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    street text NOT NULL,
    city text NOT NULL,
    country text NOT NULL,
    capacity integer NOT NULL CHECK (capacity > 0),
    website text
);

CREATE TABLE events (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug text NOT NULL UNIQUE,
    title text NOT NULL,
    format event_format NOT NULL DEFAULT 'in_person',
    venue_id uuid REFERENCES venues (id) ON DELETE SET NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    summary text,
    is_published boolean NOT NULL DEFAULT false,
    CHECK (ends_on >= starts_on)
);
CREATE INDEX events_starts_on_idx ON events (starts_on DESC);

CREATE TABLE rooms (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    venue_id uuid NOT NULL REFERENCES venues (id) ON DELETE CASCADE,
    name text NOT NULL,
    seats integer NOT NULL CHECK (seats > 0),
    has_streaming boolean NOT NULL DEFAULT false,
    UNIQUE (venue_id, name)
);

CREATE TABLE speakers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    first_name text NOT NULL,
    last_name text NOT NULL,
    headline text,
    company text,
    email text NOT NULL UNIQUE,
    bio text,
    website text,
    travel_covered boolean NOT NULL DEFAULT false
);

CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    room_id uuid REFERENCES rooms (id) ON DELETE SET NULL,
    title text NOT NULL,
    abstract text,
    level session_level NOT NULL DEFAULT 'beginner',
    topics text[] NOT NULL DEFAULT '{}',
    starts_at timestamptz,
    ends_at timestamptz,
    seats_reserved integer NOT NULL DEFAULT 0 CHECK (seats_reserved >= 0),
    CHECK (ends_at > starts_at)
);
CREATE INDEX sessions_event_id_idx ON sessions (event_id, starts_at);
COMMENT ON COLUMN sessions.topics IS 'Free tags, lower case';

CREATE TABLE session_speakers (
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    speaker_id uuid NOT NULL REFERENCES speakers (id) ON DELETE CASCADE,
    PRIMARY KEY (session_id, speaker_id)
);
CREATE INDEX session_speakers_speaker_id_idx ON session_speakers (speaker_id);

CREATE TABLE ticket_types (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name text NOT NULL,
    price numeric(10,2) NOT NULL CHECK (price >= 0),
    quantity_available integer CHECK (quantity_available >= 0),
    sale_starts_at timestamptz,
    sale_ends_at timestamptz,
    CHECK (sale_ends_at > sale_starts_at)
);
CREATE INDEX ticket_types_event_id_idx ON ticket_types (event_id);

CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_number text NOT NULL UNIQUE,
    event_id uuid NOT NULL REFERENCES events (id),
    buyer_name text NOT NULL,
    buyer_email text NOT NULL,
    state order_state NOT NULL DEFAULT 'pending',
    discount_code text,
    total numeric(12,2) NOT NULL DEFAULT 0 CHECK (total >= 0),
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_event_id_idx ON orders (event_id);

CREATE TABLE order_items (
    order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    ticket_type_id uuid NOT NULL REFERENCES ticket_types (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price numeric(10,2) NOT NULL CHECK (unit_price >= 0),
    amount numeric(12,2) NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (order_id, ticket_type_id)
);

CREATE TABLE attendees (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    ticket_type_id uuid NOT NULL REFERENCES ticket_types (id),
    full_name text NOT NULL,
    email text NOT NULL,
    company text,
    dietary_needs text,
    badge_code text NOT NULL UNIQUE,
    checked_in_at timestamptz
);
CREATE INDEX attendees_order_id_idx ON attendees (order_id);
