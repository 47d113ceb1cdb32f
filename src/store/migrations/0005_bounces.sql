-- A subscriber's mailbox as the list of whom not to write to has it; none until the key was at hand to make it.
ALTER TABLE subscriber ADD COLUMN blinded TEXT;
CREATE INDEX subscriber_blinded ON subscriber (blinded);

-- Notices that came back because there is no such mailbox: two of them put it on that list.
CREATE TABLE hard_bounce (
    blinded TEXT   NOT NULL,
    notice  BIGINT NOT NULL,
    noted   BIGINT NOT NULL,
    PRIMARY KEY (blinded, notice)
);

-- Since when each heartbeat has followed the one before it: what is erased by its age waits for a day of them.
ALTER TABLE queue ADD COLUMN steady BIGINT;
