-- What organizers announce: their words (kind announcement), or that decisions are out (kind decisions). Instants are
-- whole seconds since 1970, UTC. made: who confirmed later does not get it; due: until then it is held; told: when all
-- its mails were made; undone: when it was taken back. Of decisions, planned: up to when those who did not answer were
-- looked for, for a first deadline at aimed.
CREATE TABLE announcement (
    id        BIGINT NOT NULL PRIMARY KEY,
    programme TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    audience  TEXT   NOT NULL,
    about     TEXT,
    subject   TEXT   NOT NULL,
    body      TEXT   NOT NULL,
    made      BIGINT NOT NULL,
    due       BIGINT NOT NULL,
    told      BIGINT,
    undone    BIGINT,
    planned   BIGINT,
    aimed     BIGINT
);
CREATE INDEX announcement_of ON announcement (programme, made);
-- What a tick looks for.
CREATE INDEX announcement_open ON announcement (programme) WHERE told IS NULL AND undone IS NULL;
