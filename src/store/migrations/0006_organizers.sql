-- Why the people of an organizer's list may be written to, in the organizer's words. Instants are whole seconds since
-- 1970, UTC.
CREATE TABLE reason (
    id        BIGINT NOT NULL PRIMARY KEY,
    programme TEXT   NOT NULL,
    words     TEXT   NOT NULL,
    since     BIGINT NOT NULL
);
CREATE INDEX reason_of ON reason (programme, since);

-- Who was invited, once and for all: the HMAC of the mailbox, which no address follows from.
CREATE TABLE invited (
    programme TEXT   NOT NULL,
    blinded   TEXT   NOT NULL,
    reason    BIGINT NOT NULL REFERENCES reason (id) ON DELETE CASCADE,
    PRIMARY KEY (programme, blinded)
);
CREATE INDEX invited_for ON invited (reason);

-- Organizers who were asked where our mail arrived, and what they said: inbox or spam. Their address is masked.
CREATE TABLE roll_call (
    id        BIGINT NOT NULL PRIMARY KEY,
    programme TEXT   NOT NULL,
    who       TEXT   NOT NULL,
    asked     BIGINT NOT NULL,
    answer    TEXT,
    answered  BIGINT
);
CREATE INDEX roll_call_of ON roll_call (programme, asked);
