-- Who did or decided what. Rows are only ever added: triggers refuse everything else.
-- How `leaf_hash` and `hash` come about stands in chain.h.
CREATE TABLE audit_events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  time_us INTEGER NOT NULL,
  actor_key TEXT NOT NULL,
  actor_user TEXT NOT NULL,
  project TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  details TEXT NOT NULL,
  prev_hash BLOB NOT NULL,
  leaf_hash BLOB NOT NULL,
  hash BLOB NOT NULL
);
CREATE INDEX audit_events_by_project ON audit_events (project, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor_key, seq);
CREATE INDEX audit_events_by_action ON audit_events (action, seq);

-- The number and hash of the newest event. Updating it gives writers their order, on PostgreSQL by
-- its row lock; it also shows when the end of the log was cut off.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL
);
INSERT INTO audit_head (id, seq, hash)
  VALUES (1, 0, x'0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit events cannot be changed');
END;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit events cannot be deleted');
END;
-- Also stops INSERT OR REPLACE, which deletes without asking the trigger above.
CREATE TRIGGER audit_events_in_order BEFORE INSERT ON audit_events
WHEN NEW.seq <> (SELECT seq FROM audit_head)
  OR EXISTS (SELECT 1 FROM audit_events WHERE seq = NEW.seq OR id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'audit events can only be appended');
END;
CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head
WHEN NEW.seq < OLD.seq OR NEW.seq > OLD.seq + 1 OR NEW.id <> OLD.id
BEGIN
  SELECT RAISE(ABORT, 'the audit log can only grow');
END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
BEGIN
  SELECT RAISE(ABORT, 'the head of the audit log cannot be deleted');
END;
