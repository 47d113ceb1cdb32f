-- What is to be sent, and how far it has come. Instants are whole seconds since 1970, UTC.
CREATE TABLE notice (
    id         INTEGER NOT NULL PRIMARY KEY,
    key        TEXT    NOT NULL UNIQUE,
    programme  TEXT    NOT NULL,
    subscriber BIGINT,
    kind       TEXT    NOT NULL,
    priority   BIGINT  NOT NULL,
    deadline   TEXT,
    message_id TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    due        BIGINT  NOT NULL,
    until      BIGINT,
    -- When the next attempt may be made; none when there is none to make.
    ready      BIGINT,
    -- Raised at each claim and each release: whoever holds an older one has lost the notice.
    fence      BIGINT  NOT NULL DEFAULT 0,
    lease      BIGINT,
    -- Attempts that ended, how many of them in doubt, and when the first was made.
    attempts   BIGINT  NOT NULL DEFAULT 0,
    doubts     BIGINT  NOT NULL DEFAULT 0,
    since      BIGINT,
    settled    BIGINT,
    -- When the octets of its message are to be deleted.
    kept       BIGINT
);

-- What is due now: the claim reads nothing else, however much was sent or waits for later.
CREATE INDEX notice_ready ON notice (priority, ready, id) WHERE state IN ('due', 'delayed', 'uncertain');
-- Never two notices of one subscriber and deadline at once.
CREATE UNIQUE INDEX notice_at_once ON notice (subscriber, deadline) WHERE state IN ('claimed', 'sending');
CREATE INDEX notice_lease ON notice (lease) WHERE state IN ('claimed', 'sending');
CREATE INDEX notice_kept ON notice (kept) WHERE kept IS NOT NULL;
CREATE INDEX notice_subscriber ON notice (subscriber);
CREATE INDEX notice_message_id ON notice (message_id);

-- The message of a notice, until it is deleted.
CREATE TABLE message (
    notice    BIGINT NOT NULL PRIMARY KEY REFERENCES notice (id) ON DELETE CASCADE,
    sender    TEXT   NOT NULL,
    recipient TEXT   NOT NULL,
    octets    BLOB   NOT NULL
);

-- Attempts, each written before it is made.
CREATE TABLE attempt (
    notice  BIGINT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
    fence   BIGINT NOT NULL,
    began   BIGINT NOT NULL,
    ended   BIGINT,
    stage   TEXT   NOT NULL,
    outcome TEXT,
    blame   TEXT,
    code    BIGINT,
    reply   TEXT,
    PRIMARY KEY (notice, fence)
);

-- What the relay was given: an allowance is counted from it.
CREATE INDEX attempt_given ON attempt (began) WHERE stage = 'dot';

-- The queue as a whole: one row.
CREATE TABLE queue (
    id        BIGINT NOT NULL PRIMARY KEY,
    paused    BIGINT,
    cause     TEXT,
    reason    TEXT,
    -- When one notice is tried although the queue is paused, and how often that was done.
    probe     BIGINT,
    probes    BIGINT NOT NULL DEFAULT 0,
    -- Messages refused in a row.
    refusals  BIGINT NOT NULL DEFAULT 0,
    heartbeat BIGINT
);
INSERT INTO queue (id) VALUES (1);
