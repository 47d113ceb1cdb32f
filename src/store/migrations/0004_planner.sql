-- What the planner keeps of each deadline between two looks: what it says and since when, a change on hold, whether
-- somebody may have been told something else, and up to when its reminders are planned.
CREATE TABLE deadline (
    programme  TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    what       TEXT    NOT NULL,
    due        BIGINT,
    link       TEXT,
    since      BIGINT  NOT NULL,
    held_first BIGINT,
    held_until BIGINT,
    stopped    INTEGER NOT NULL DEFAULT 0,
    unsettled  INTEGER NOT NULL,
    planned    BIGINT  NOT NULL,
    PRIMARY KEY (programme, id)
);

-- Ids that deadlines once had: mails that are out name them.
CREATE TABLE former_deadline (
    programme TEXT NOT NULL,
    former    TEXT NOT NULL,
    id        TEXT NOT NULL,
    PRIMARY KEY (programme, former)
);

-- A programme's own lead times, each since when.
CREATE TABLE remind (
    programme TEXT   NOT NULL,
    lead      TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (programme, lead)
);

-- What a notice states of a deadline, for the ledger of what people were told: of a reminder its lead time and when it
-- fell due; of a correction the number of the told row it answers. covers: reminders that fire up to there are said by
-- it. said_by: the notice that says it instead.
CREATE TABLE stated (
    notice     BIGINT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
    subscriber BIGINT NOT NULL,
    deadline   TEXT   NOT NULL,
    lead       TEXT,
    fire       BIGINT,
    what       TEXT   NOT NULL,
    due        BIGINT,
    link       TEXT,
    n          BIGINT NOT NULL,
    covers     BIGINT,
    said_by    BIGINT,
    PRIMARY KEY (notice, deadline)
);
CREATE INDEX stated_of ON stated (subscriber, deadline);

-- Whoever is to be looked at by the planner whatever the hour: raised by what they do, and by what they were told.
ALTER TABLE subscriber ADD COLUMN unsettled BIGINT NOT NULL DEFAULT 0;
CREATE INDEX subscriber_unsettled ON subscriber (programme) WHERE unsettled > 0;
-- Who is reminded at one instant: those of one clock and one lead time.
CREATE INDEX subscriber_clock ON subscriber (programme, zone, to_the_minute, own_leads) WHERE standing = 'confirmed';
CREATE INDEX lead_time_lead ON lead_time (lead, subscriber);

-- Reminders of a date that moved away and may come back.
CREATE INDEX notice_withdrawn ON notice (programme, deadline) WHERE state = 'withdrawn';
-- Never two notices at once that state a date to one subscriber.
DROP INDEX notice_at_once;
CREATE UNIQUE INDEX notice_at_once ON notice (subscriber) WHERE state IN ('claimed', 'sending') AND deadline IS NOT NULL;
