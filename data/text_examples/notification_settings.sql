-- Settings > Notifications
--
--                             E-mail    Push    SMS
-- Someone mentions me           [x]      [x]    [ ]
-- A task is assigned to me      [x]      [x]    [ ]
-- A task of mine is overdue     [x]      [ ]    [x]
-- Weekly summary                [x]      --     --
--
-- Quiet hours   [x]  from [22:00] to [07:00]   Time zone [Europe/Lisbon v]
-- Not on        [ ] Mon [ ] Tue [ ] Wed [ ] Thu [ ] Fri [x] Sat [x] Sun
-- "--" means that this channel is not offered for that event.

CREATE TYPE notification_channel AS ENUM ('email', 'push', 'sms');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time_zone text NOT NULL DEFAULT 'UTC',
    quiet_from time,
    quiet_to time,
    quiet_weekdays integer[] NOT NULL DEFAULT '{}'
        CHECK (quiet_weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

CREATE TABLE notification_events (
    code text PRIMARY KEY,
    label text NOT NULL UNIQUE
);

CREATE TABLE offered_channels (
    event_code text NOT NULL REFERENCES notification_events (code) ON DELETE CASCADE,
    channel notification_channel NOT NULL,
    PRIMARY KEY (event_code, channel)
);

CREATE TABLE notification_preferences (
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event_code text NOT NULL,
    channel notification_channel NOT NULL,
    is_on boolean NOT NULL,
    PRIMARY KEY (user_id, event_code, channel),
    FOREIGN KEY (event_code, channel)
        REFERENCES offered_channels (event_code, channel) ON DELETE CASCADE
);

COMMENT ON COLUMN users.quiet_weekdays IS '1 = Monday, 7 = Sunday.';

CREATE INDEX ON notification_preferences (event_code, channel);
