-- Whom budget alerts are sent to. Secrets are derived from the server's own and the id, not stored.
CREATE TABLE webhooks (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  project TEXT NOT NULL,
  url TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL
);

-- A threshold that was passed, once for each limit and period: the key is what makes it once, over
-- restarts and servers.
CREATE TABLE budget_alerts (
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  period TEXT NOT NULL,
  start_us INTEGER NOT NULL,
  kind TEXT NOT NULL,
  percent INTEGER NOT NULL,
  limit_nano_usd INTEGER NOT NULL,
  id TEXT NOT NULL,
  project TEXT NOT NULL,
  settled_nano_usd INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id, period, start_us, kind, percent, limit_nano_usd)
);
CREATE INDEX budget_alerts_by_id ON budget_alerts (id);

-- What is to be sent, was sent, or was given up. `due_us` is also how one server keeps a delivery to
-- itself while it sends it.
CREATE TABLE webhook_deliveries (
  id TEXT NOT NULL PRIMARY KEY,
  webhook_id TEXT NOT NULL,
  project TEXT NOT NULL,
  event TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_us INTEGER NOT NULL,
  last_status INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, due_us);
