-- Create a campaign, 4 steps:
-- 1. Recipients: one or more lists, with the count of subscribed addresses of each; optionally lists to leave
--    out.
-- 2. Content: subject (max 150), preview text, sender name and address, template, HTML body.
-- 3. Schedule: now or at a time.
-- 4. Report (after sending): per recipient sent, bounced (hard / soft), opened first at, number of opens,
--    clicked links, unsubscribed.
-- Contacts: e-mail, first name, status on each list (subscribed, unsubscribed, pending confirmation).

CREATE TYPE subscription_status AS ENUM ('pending', 'subscribed', 'unsubscribed');

CREATE TABLE contacts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    first_name text
);

CREATE TABLE mailing_lists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE subscriptions (
    mailing_list_id bigint NOT NULL REFERENCES mailing_lists (id) ON DELETE CASCADE,
    contact_id bigint NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    status subscription_status NOT NULL DEFAULT 'pending',
    PRIMARY KEY (mailing_list_id, contact_id)
);

CREATE TABLE templates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE campaigns (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    template_id bigint REFERENCES templates (id),
    subject varchar(150) NOT NULL,
    preview_text text,
    sender_name text NOT NULL,
    sender_email text NOT NULL,
    body_html text NOT NULL,
    scheduled_at timestamptz
);

CREATE TABLE campaign_lists (
    campaign_id bigint NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    mailing_list_id bigint NOT NULL REFERENCES mailing_lists (id),
    is_excluded boolean NOT NULL DEFAULT false,
    PRIMARY KEY (campaign_id, mailing_list_id)
);

CREATE TABLE campaign_recipients (
    campaign_id bigint NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    contact_id bigint NOT NULL REFERENCES contacts (id),
    sent_at timestamptz NOT NULL,
    bounce text CHECK (bounce IN ('hard', 'soft')),
    first_opened_at timestamptz,
    open_count integer NOT NULL DEFAULT 0 CHECK (open_count >= 0),
    unsubscribed_at timestamptz,
    PRIMARY KEY (campaign_id, contact_id)
);

CREATE TABLE link_clicks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    url text NOT NULL,
    clicked_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (campaign_id, contact_id)
        REFERENCES campaign_recipients (campaign_id, contact_id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX contacts_email ON contacts (lower(email));
CREATE INDEX ON subscriptions (contact_id);
CREATE INDEX ON campaigns (template_id);
CREATE INDEX ON campaign_lists (mailing_list_id);
CREATE INDEX ON campaign_recipients (contact_id);
CREATE INDEX ON link_clicks (campaign_id, contact_id);
