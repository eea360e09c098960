-- Counters and facts of the whole table set: `sequence` counts changes (nodes poll it), and
-- `key_secret` is the fingerprint of the secret that the hashes of keys were made with.
CREATE TABLE identity_facts (
  name TEXT PRIMARY KEY,
  number INTEGER NOT NULL DEFAULT 0,
  content TEXT NOT NULL DEFAULT ''
);
INSERT INTO identity_facts (name) VALUES ('sequence');

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  origin TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  version INTEGER NOT NULL
);
INSERT INTO projects (id, description, origin, created_us, updated_us, version)
  VALUES ('default', 'Where keys without a project belong.', 'api', 0, 0, 1);
CREATE INDEX projects_by_time ON projects (created_us, id);

CREATE TABLE teams (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  version INTEGER NOT NULL
);
CREATE INDEX teams_by_time ON teams (project, created_us, id);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL REFERENCES projects (id),
  team TEXT REFERENCES teams (id),
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  version INTEGER NOT NULL
);
CREATE INDEX users_by_time ON users (project, created_us, id);

-- A revoked key keeps its row, so that ledger and audit can name it, but loses its hash.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  hash BLOB UNIQUE,
  hint TEXT NOT NULL,
  endpoints TEXT,
  expires_us INTEGER,
  requests_per_minute INTEGER,
  tokens_per_minute INTEGER,
  user_id TEXT,
  team TEXT,
  created_by TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  version INTEGER NOT NULL,
  last_used_us INTEGER,
  revoked_us INTEGER,
  sequence INTEGER NOT NULL
);
CREATE INDEX keys_by_time ON keys (created_us, id);
CREATE INDEX keys_by_project ON keys (project, created_us, id);
CREATE INDEX keys_by_sequence ON keys (sequence);
CREATE INDEX keys_by_user ON keys (user_id);

-- What an Idempotency-Key of a caller has made, for a day.
CREATE TABLE identity_idempotency (
  owner TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  resource TEXT NOT NULL,
  nonce TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (owner, idempotency_key)
);
CREATE INDEX identity_idempotency_by_time ON identity_idempotency (created_us);
