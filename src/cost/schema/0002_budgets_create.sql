-- Limits and prices that were set over the API, as JSON of BudgetConfig and PriceConfig. What the
-- configuration file declares is never stored.
CREATE TABLE budgets (
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  period TEXT NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id, period)
);

CREATE TABLE prices (
  model TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL
);
