-- What was published. Instants are whole seconds since 1970, UTC.
CREATE TABLE publication (
    programme TEXT   NOT NULL,
    number    BIGINT NOT NULL,
    published BIGINT NOT NULL,
    source    TEXT   NOT NULL,
    note      TEXT,
    revision  TEXT   NOT NULL,
    changes   TEXT   NOT NULL,
    PRIMARY KEY (programme, number)
);

-- The revision that is live, and the row two writers meet at.
CREATE TABLE head (
    programme TEXT   NOT NULL PRIMARY KEY,
    number    BIGINT NOT NULL
);

-- What was last published from each source, by its hash: the same content from there again is nothing new, whatever
-- others published since.
CREATE TABLE seen (
    source    TEXT NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    content   TEXT NOT NULL
);

-- A publication that was refused, until the next good one from the same source.
CREATE TABLE blocked (
    source    TEXT   NOT NULL PRIMARY KEY,
    programme TEXT,
    since     BIGINT NOT NULL,
    content   TEXT   NOT NULL,
    report    TEXT   NOT NULL
);

-- Who may publish over HTTP. The secret itself is nowhere.
CREATE TABLE token (
    programme TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    hash      TEXT   NOT NULL UNIQUE,
    created   BIGINT NOT NULL,
    revoked   BIGINT,
    PRIMARY KEY (programme, name)
);
