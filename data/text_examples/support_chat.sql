-- Live chat console for support agents. Left pane: conversations with visitor name (or "Visitor
-- 4821"), snippet of the last message, waiting time, channel icon (website, WhatsApp, e-mail),
-- unread count. Middle: bubbles left and right, with time, ticks for delivered and read, and
-- attachments (name, size). Notes on yellow are seen only by agents. Right pane: visitor's e-mail,
-- country, page they are on, and tags on the conversation. Buttons: assign to agent, close, reopen.
-- When closed the visitor rates it good or bad with a comment.

CREATE TABLE agents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL
);

CREATE TABLE visitors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text,
    email text,
    country_code varchar(2) CHECK (country_code ~ '^[A-Z]{2}$'),
    current_page_url text
);

CREATE TABLE conversations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    visitor_id bigint NOT NULL REFERENCES visitors (id),
    agent_id bigint REFERENCES agents (id),
    channel text NOT NULL CHECK (channel IN ('website', 'whatsapp', 'email')),
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    is_rated_good boolean,
    rating_comment text,
    CHECK (rating_comment IS NULL OR is_rated_good IS NOT NULL)
);

CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    agent_id bigint REFERENCES agents (id),
    is_internal_note boolean NOT NULL DEFAULT false,
    body text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    read_at timestamptz,
    CHECK (NOT is_internal_note OR agent_id IS NOT NULL)
);

CREATE TABLE attachments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id bigint NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    file_name text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0)
);

CREATE TABLE tags (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE conversation_tags (
    conversation_id bigint NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    tag_id bigint NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (conversation_id, tag_id)
);

COMMENT ON COLUMN messages.agent_id IS 'Empty when the visitor wrote it.';

CREATE INDEX ON conversations (visitor_id);
CREATE INDEX ON conversations (agent_id, opened_at);
CREATE INDEX ON messages (conversation_id, sent_at);
CREATE INDEX ON messages (agent_id);
CREATE INDEX ON attachments (message_id);
CREATE INDEX ON conversation_tags (tag_id);
