-- A mark whose "deadline" is a session: presents (they present in it), and presented (they were told when and where). One
-- whose "deadline" is empty: closing (they want the mail after the workshop).
CREATE INDEX mark_presents ON mark (deadline) WHERE what = 'presents';
