-- Limits of requests and tokens by minute, day and month, as JSON of CallLimits.
CREATE TABLE call_limits (
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id)
);
