-- One row per attempt at a call, folded from the journal. Times are Unix microseconds; `month` is
-- 12 * year + month - 1 of started_us in UTC, because SQL dialects disagree about calendars.
CREATE TABLE ledger (
  request_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  trace_id TEXT NOT NULL,
  project TEXT NOT NULL,
  key_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  team_id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  provider TEXT NOT NULL,
  target TEXT NOT NULL,
  model TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  ended_us INTEGER NOT NULL,
  month INTEGER NOT NULL,
  cost_source TEXT NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  estimate_nano_usd INTEGER NOT NULL,
  usage_reported INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  cached_input_tokens INTEGER NOT NULL,
  cache_write_input_tokens INTEGER NOT NULL,
  cache_write_1h_input_tokens INTEGER NOT NULL,
  audio_input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  audio_output_tokens INTEGER NOT NULL,
  images INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  web_searches INTEGER NOT NULL,
  gpu_ms INTEGER NOT NULL,
  cpu_us INTEGER NOT NULL,
  energy_mj INTEGER NOT NULL,
  energy_source TEXT NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  PRIMARY KEY (request_id, attempt)
);
CREATE INDEX ledger_by_start ON ledger (started_us);
CREATE INDEX ledger_by_project ON ledger (project, started_us);
CREATE INDEX ledger_by_key ON ledger (key_id, started_us);
CREATE INDEX ledger_by_trace ON ledger (trace_id);

-- Settled cost per scope and period, kept in the transaction that adds the rows, so that a start
-- reads sums and not the ledger. start_us is 0 for the period `total`.
CREATE TABLE budget_sums (
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  period TEXT NOT NULL,
  start_us INTEGER NOT NULL,
  settled_nano_usd INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id, period, start_us)
);
CREATE INDEX budget_sums_by_start ON budget_sums (period, start_us);

-- How far each node has folded its journal (fold), and where its oldest reservation without an end
-- stands (low): a restart reads on from there.
CREATE TABLE ledger_checkpoints (
  node TEXT NOT NULL PRIMARY KEY,
  fold_segment INTEGER NOT NULL,
  fold_offset INTEGER NOT NULL,
  low_segment INTEGER NOT NULL,
  low_offset INTEGER NOT NULL
);

-- Records that passed the journal's checksum and could not be read: kept, never dropped.
CREATE TABLE ledger_rejects (
  node TEXT NOT NULL,
  segment INTEGER NOT NULL,
  offset_bytes INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  error TEXT NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (node, segment, offset_bytes)
);
