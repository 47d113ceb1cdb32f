-- Who is written to. Instants are whole seconds since 1970, UTC; a mailbox is found by its small letters.
CREATE TABLE subscriber (
    id            BIGINT  NOT NULL PRIMARY KEY,
    programme     TEXT    NOT NULL,
    mailbox       TEXT    NOT NULL,
    found_by      TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    zone          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    own_leads     INTEGER NOT NULL,
    to_the_minute INTEGER NOT NULL,
    calendar      INTEGER NOT NULL,
    standing      TEXT    NOT NULL,
    created       BIGINT  NOT NULL,
    confirmed     BIGINT,
    accepted      INTEGER,
    link_version  BIGINT  NOT NULL,
    UNIQUE (programme, found_by)
);
CREATE INDEX subscriber_pending ON subscriber (created) WHERE standing = 'pending';

-- Their lead times, each since when; none stands for the programme's own when own_leads is 0.
CREATE TABLE lead_time (
    subscriber BIGINT NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
    lead       TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    PRIMARY KEY (subscriber, lead)
);

-- What they said of one deadline, each since when: excluded, included, done, or asked for anew after one of these.
CREATE TABLE mark (
    subscriber BIGINT NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
    deadline   TEXT   NOT NULL,
    what       TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    PRIMARY KEY (subscriber, deadline, what)
);

-- What each was last told of a deadline: instant (then with due), withdrawn or open. n counts the changes of a row.
CREATE TABLE told (
    subscriber BIGINT NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
    deadline   TEXT   NOT NULL,
    what       TEXT   NOT NULL,
    due        BIGINT,
    link       TEXT,
    n          BIGINT NOT NULL,
    PRIMARY KEY (subscriber, deadline)
);

-- Confirmations that are out. The secret itself is nowhere; told is what their mails stated. One that was never used
-- stays for a while without its subscriber, so that a late click hears that it is too late.
CREATE TABLE confirmation (
    hash       TEXT   NOT NULL PRIMARY KEY,
    programme  TEXT   NOT NULL,
    subscriber BIGINT REFERENCES subscriber (id) ON DELETE SET NULL,
    expires    BIGINT NOT NULL,
    used       BIGINT,
    wish       TEXT   NOT NULL,
    told       TEXT   NOT NULL
);
CREATE INDEX confirmation_of ON confirmation (subscriber);

-- Forms that were sent and wait for their answer, which is a mail. A row leaves when its mail is queued.
CREATE TABLE request (
    id         BIGINT NOT NULL PRIMARY KEY,
    programme  TEXT   NOT NULL,
    mailbox    TEXT   NOT NULL,
    wish       TEXT   NOT NULL,
    nonce      TEXT   NOT NULL,
    counted    TEXT   NOT NULL,
    blinded    TEXT   NOT NULL,
    network    TEXT   NOT NULL,
    asked      BIGINT NOT NULL,
    answer     TEXT,
    subscriber BIGINT REFERENCES subscriber (id) ON DELETE CASCADE,
    due        BIGINT
);
CREATE INDEX request_asked ON request (asked) WHERE answer IS NULL;
CREATE INDEX request_due ON request (due) WHERE answer IS NOT NULL;

-- Mails that somebody asked for, thirty days long, to hold the limits. No address and no network: their HMACs.
CREATE TABLE asked_mail (
    id        BIGINT NOT NULL PRIMARY KEY,
    programme TEXT   NOT NULL,
    counted   TEXT   NOT NULL,
    network   TEXT   NOT NULL,
    due       BIGINT NOT NULL
);
CREATE INDEX asked_mail_counted ON asked_mail (counted, due);
CREATE INDEX asked_mail_network ON asked_mail (network, due);
CREATE INDEX asked_mail_due ON asked_mail (due);

-- Who must not be written to, by the HMAC of the mailbox: of one programme, or of all where programme is empty.
CREATE TABLE suppression (
    blinded   TEXT   NOT NULL,
    programme TEXT   NOT NULL,
    why       TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (blinded, programme)
);
