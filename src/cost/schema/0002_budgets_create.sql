-- Limits and prices that were set over the API. What the configuration file declares is not here.
CREATE TABLE budgets (
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  period TEXT NOT NULL,
  limit_nano_usd INTEGER NOT NULL,
  hard INTEGER NOT NULL,
  alerts TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id, period)
);

CREATE TABLE prices (
  model TEXT NOT NULL PRIMARY KEY,
  price TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL
);
