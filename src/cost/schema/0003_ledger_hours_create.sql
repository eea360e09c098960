-- Sums of the ledger by the hour in which calls were admitted (started_us / 3600000000), kept in the
-- transaction that adds the rows: charts over months read this and not millions of rows.
CREATE TABLE ledger_hours (
  hour INTEGER NOT NULL,
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
  cost_source TEXT NOT NULL,
  calls INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  estimate_nano_usd INTEGER NOT NULL,
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
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  PRIMARY KEY (
    hour, project, key_id, user_id, team_id, endpoint, target, model, kind, state, cost_source
  )
) WITHOUT ROWID;
CREATE INDEX ledger_hours_by_project ON ledger_hours (project, hour);
CREATE INDEX ledger_hours_by_key ON ledger_hours (key_id, hour);

INSERT INTO ledger_hours (
  hour, month, project, key_id, user_id, team_id, endpoint, provider, target, model, kind,
  state, cost_source, calls, cost_nano_usd, estimate_nano_usd, input_tokens,
  cached_input_tokens, cache_write_input_tokens, cache_write_1h_input_tokens,
  audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, images,
  milliseconds, rows, web_searches, gpu_ms, cpu_us, energy_mj, bytes_in, bytes_out
)
SELECT
  started_us / 3600000000, month, project, key_id, user_id, team_id, endpoint, provider,
  target, model, kind, state, cost_source, COUNT(*), SUM(cost_nano_usd),
  SUM(estimate_nano_usd), SUM(input_tokens), SUM(cached_input_tokens),
  SUM(cache_write_input_tokens), SUM(cache_write_1h_input_tokens), SUM(audio_input_tokens),
  SUM(output_tokens), SUM(reasoning_tokens), SUM(audio_output_tokens), SUM(images),
  SUM(milliseconds), SUM(rows), SUM(web_searches), SUM(gpu_ms), SUM(cpu_us), SUM(energy_mj),
  SUM(bytes_in), SUM(bytes_out)
FROM ledger
GROUP BY
  started_us / 3600000000, month, project, key_id, user_id, team_id, endpoint, provider,
  target, model, kind, state, cost_source;
