-- What writes with an Idempotency-Key answered, for a day. `status` 0: under way. No body: the
-- answer held a secret and is not kept.
CREATE TABLE identity_replays (
  owner TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  headers TEXT NOT NULL,
  body TEXT,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (owner, idempotency_key)
);
CREATE INDEX identity_replays_by_time ON identity_replays (created_us);
