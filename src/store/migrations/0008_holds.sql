-- What waits for an organizer: of one deadline, or of the whole programme where deadline is empty. answer: send or count,
-- once somebody gave one; done: when that was carried out.
CREATE TABLE hold (
    id        INTEGER NOT NULL PRIMARY KEY,
    programme TEXT    NOT NULL,
    deadline  TEXT    NOT NULL,
    cause     TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    since     BIGINT  NOT NULL,
    waiting   BIGINT  NOT NULL,
    answer    TEXT,
    done      BIGINT
);
CREATE UNIQUE INDEX hold_open ON hold (programme, deadline) WHERE done IS NULL;

-- How many mails about a deadline are expected from one look at the future to the next.
CREATE TABLE forecast (
    programme TEXT   NOT NULL,
    deadline  TEXT   NOT NULL,
    made      BIGINT NOT NULL,
    number    BIGINT NOT NULL,
    PRIMARY KEY (programme, deadline)
);
