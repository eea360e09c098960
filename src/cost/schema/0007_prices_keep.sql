-- A row says at which price it was settled (price_id) and how the provider billed it (tier). What a
-- price said stays readable after it was replaced: price_entries.
CREATE TABLE price_entries (
  id TEXT NOT NULL PRIMARY KEY,
  model TEXT NOT NULL,
  declared_by TEXT NOT NULL,
  body TEXT NOT NULL,
  first_seen_us INTEGER NOT NULL
);
CREATE INDEX price_entries_by_model ON price_entries (model, first_seen_us);

ALTER TABLE ledger_rows ADD COLUMN image_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_rows ADD COLUMN image_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_rows ADD COLUMN tool_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_rows ADD COLUMN co2e_ug INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_rows ADD COLUMN counted_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_rows ADD COLUMN counted_output_tokens INTEGER NOT NULL DEFAULT 0;

ALTER TABLE ledger_hours ADD COLUMN image_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_hours ADD COLUMN image_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_hours ADD COLUMN tool_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_hours ADD COLUMN co2e_ug INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_hours ADD COLUMN counted_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_hours ADD COLUMN counted_output_tokens INTEGER NOT NULL DEFAULT 0;

DROP VIEW ledger;
CREATE TABLE ledger_names_next (
  no INTEGER PRIMARY KEY,
  month INTEGER NOT NULL,
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
  cost_source TEXT NOT NULL,
  energy_source TEXT NOT NULL,
  price_id TEXT NOT NULL,
  tier TEXT NOT NULL,
  UNIQUE (
    month, project, key_id, user_id, team_id, endpoint, provider, target, model, kind, state,
    reason, cost_source, energy_source, price_id, tier
  )
);
INSERT INTO ledger_names_next (
  no, month, project, key_id, user_id, team_id, endpoint, provider, target, model, kind, state,
  reason, cost_source, energy_source, price_id, tier
)
SELECT
  no, month, project, key_id, user_id, team_id, endpoint, provider, target, model, kind, state,
  reason, cost_source, energy_source, '', 'standard'
FROM ledger_names;
DROP TABLE ledger_names;
ALTER TABLE ledger_names_next RENAME TO ledger_names;

CREATE VIEW ledger AS
SELECT
  r.request_id, r.attempt, r.trace_id, n.project, n.key_id, n.user_id, n.team_id, n.endpoint,
  n.provider, n.target, n.model, n.kind, n.state, n.reason, r.id >> 10 AS started_us, r.ended_us,
  n.month, n.cost_source, n.price_id, n.tier, r.cost_nano_usd, r.estimate_nano_usd,
  r.usage_reported, r.input_tokens, r.cached_input_tokens, r.cache_write_input_tokens,
  r.cache_write_1h_input_tokens, r.audio_input_tokens, r.output_tokens, r.reasoning_tokens,
  r.audio_output_tokens, r.images, r.milliseconds, r.rows, r.web_searches, r.image_input_tokens,
  r.image_output_tokens, r.tool_calls, r.gpu_ms, r.cpu_us, r.energy_mj, r.co2e_ug,
  n.energy_source, r.bytes_in, r.bytes_out, r.counted_input_tokens, r.counted_output_tokens
FROM ledger_rows r JOIN ledger_names n ON n.no = r.names_no;
