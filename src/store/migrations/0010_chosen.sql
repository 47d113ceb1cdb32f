-- Feeds of entries that somebody ticked; of whom is not known. The secrets of their addresses are nowhere. entries: ids,
-- parted by blanks; changed: seconds since 1970, UTC; read_on: the day on which a calendar last asked, in days since 1970.
CREATE TABLE chosen_feed (
    hash      TEXT   NOT NULL PRIMARY KEY,
    programme TEXT   NOT NULL,
    entries   TEXT   NOT NULL,
    changed   BIGINT NOT NULL,
    read_on   BIGINT NOT NULL
);
CREATE INDEX chosen_feed_of ON chosen_feed (programme, read_on);

-- When such feeds were made, for an hour, to hold the limits: so few rows that no index is needed. No network: its HMAC,
-- and not which feed.
CREATE TABLE chosen_made (
    id      BIGINT NOT NULL PRIMARY KEY,
    network TEXT   NOT NULL,
    made    BIGINT NOT NULL
);
