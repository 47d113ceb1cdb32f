-- Up to when the organizers were told what was not sent.
CREATE TABLE digest (
    programme TEXT   NOT NULL PRIMARY KEY,
    until     BIGINT NOT NULL
);
CREATE INDEX notice_unsent ON notice (programme, settled) WHERE state IN ('expired', 'failed');
