-- Who did or decided what. Rows are only ever added: triggers refuse everything else.
CREATE TABLE audit_events (
  seq BIGINT PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  time_us BIGINT NOT NULL,
  actor_key TEXT COLLATE "C" NOT NULL,
  actor_user TEXT COLLATE "C" NOT NULL,
  project TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  resource TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  status BIGINT NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  trace_id TEXT COLLATE "C" NOT NULL,
  details TEXT COLLATE "C" NOT NULL,
  prev_hash BYTEA NOT NULL,
  leaf_hash BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
CREATE INDEX audit_events_by_project ON audit_events (project, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor_key, seq);
CREATE INDEX audit_events_by_action ON audit_events (action, seq);

CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  seq BIGINT NOT NULL,
  hash BYTEA NOT NULL
);
INSERT INTO audit_head (id, seq, hash)
  VALUES (1, 0, '\x0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log can only grow' USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION audit_check_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq < OLD.seq OR NEW.seq > OLD.seq + 1 OR NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'the audit log can only grow' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION audit_check_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> (SELECT seq FROM audit_head WHERE id = 1) THEN
    RAISE EXCEPTION 'audit events can only be appended' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_events_in_order BEFORE INSERT ON audit_events
  FOR EACH ROW EXECUTE FUNCTION audit_check_event();
CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head
  FOR EACH ROW EXECUTE FUNCTION audit_check_head();
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
