-- Organizers: who may sign in, and to which programmes. owner: to all of them, and to who else may.
CREATE TABLE organizer (
    id       INTEGER NOT NULL PRIMARY KEY,
    mailbox  TEXT    NOT NULL,
    found_by TEXT    NOT NULL UNIQUE,
    owner    INTEGER NOT NULL DEFAULT 0,
    since    BIGINT  NOT NULL
);
CREATE TABLE organizes (
    organizer BIGINT NOT NULL REFERENCES organizer (id) ON DELETE CASCADE,
    programme TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (organizer, programme)
);

-- Links that sign in, once; and who is signed in. What opens them is kept as a hash.
CREATE TABLE sign_in (
    fingerprint TEXT   NOT NULL PRIMARY KEY,
    organizer   BIGINT NOT NULL REFERENCES organizer (id) ON DELETE CASCADE,
    made        BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    used        BIGINT
);
CREATE INDEX sign_in_of ON sign_in (organizer, made);
CREATE TABLE session (
    fingerprint TEXT   NOT NULL PRIMARY KEY,
    organizer   BIGINT NOT NULL REFERENCES organizer (id) ON DELETE CASCADE,
    made        BIGINT NOT NULL,
    expires     BIGINT NOT NULL
);
CREATE INDEX session_of ON session (organizer);

-- A form that was sent acts once, however often it arrives.
CREATE TABLE sent_form (
    once TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
);

-- Who did what, when: added to, and never changed.
CREATE TABLE audit (
    id        INTEGER NOT NULL PRIMARY KEY,
    at        BIGINT  NOT NULL,
    who       TEXT    NOT NULL,
    programme TEXT    NOT NULL,
    act       TEXT    NOT NULL,
    about     TEXT    NOT NULL,
    before    TEXT    NOT NULL,
    after     TEXT    NOT NULL
);
CREATE INDEX audit_of ON audit (programme, id);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is not changed');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is not deleted');
END;
