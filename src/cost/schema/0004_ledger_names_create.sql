-- Rows of the ledger share their names: who called what, and how it ended. A set of names is stored
-- once; `ledger` is a view of what it was.
CREATE TABLE ledger_names (
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
  UNIQUE (
    month, project, key_id, user_id, team_id, endpoint, provider, target, model, kind, state,
    reason, cost_source, energy_source
  )
);

-- `id` is 1024 * started_us and a number among the calls of that microsecond: the table is in the
-- order in which it is read.
CREATE TABLE ledger_rows (
  id INTEGER PRIMARY KEY,
  names_no INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  trace_id TEXT NOT NULL,
  ended_us INTEGER NOT NULL,
  usage_reported INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  estimate_nano_usd INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  cached_input_tokens INTEGER NOT NULL,
  cache_write_input_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_1h_input_tokens INTEGER NOT NULL DEFAULT 0,
  audio_input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  audio_output_tokens INTEGER NOT NULL DEFAULT 0,
  images INTEGER NOT NULL DEFAULT 0,
  milliseconds INTEGER NOT NULL DEFAULT 0,
  rows INTEGER NOT NULL DEFAULT 0,
  web_searches INTEGER NOT NULL DEFAULT 0,
  gpu_ms INTEGER NOT NULL,
  cpu_us INTEGER NOT NULL,
  energy_mj INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL
);

INSERT INTO ledger_names (
  no, month, project, key_id, user_id, team_id, endpoint, provider, target, model, kind, state,
  reason, cost_source, energy_source
)
SELECT
  ROW_NUMBER() OVER (ORDER BY month), month, project, key_id, user_id, team_id, endpoint,
  provider, target, model, kind, state, reason, cost_source, energy_source
FROM (SELECT DISTINCT
  month, project, key_id, user_id, team_id, endpoint, provider, target, model, kind, state,
  reason, cost_source, energy_source
FROM ledger) AS each_set;

INSERT INTO ledger_rows (
  id, names_no, request_id, attempt, trace_id, ended_us, usage_reported, cost_nano_usd,
  estimate_nano_usd, input_tokens, cached_input_tokens, cache_write_input_tokens,
  cache_write_1h_input_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
  audio_output_tokens, images, milliseconds, rows, web_searches, gpu_ms, cpu_us, energy_mj,
  bytes_in, bytes_out
)
SELECT
  1024 * l.started_us - 1
    + ROW_NUMBER() OVER (PARTITION BY l.started_us ORDER BY l.request_id, l.attempt),
  n.no, l.request_id, l.attempt, l.trace_id, l.ended_us, l.usage_reported, l.cost_nano_usd,
  l.estimate_nano_usd, l.input_tokens, l.cached_input_tokens, l.cache_write_input_tokens,
  l.cache_write_1h_input_tokens, l.audio_input_tokens, l.output_tokens, l.reasoning_tokens,
  l.audio_output_tokens, l.images, l.milliseconds, l.rows, l.web_searches, l.gpu_ms, l.cpu_us,
  l.energy_mj, l.bytes_in, l.bytes_out
FROM ledger l JOIN ledger_names n
  ON n.month = l.month AND n.project = l.project AND n.key_id = l.key_id AND n.user_id = l.user_id
  AND n.team_id = l.team_id AND n.endpoint = l.endpoint AND n.provider = l.provider
  AND n.target = l.target AND n.model = l.model AND n.kind = l.kind
  AND n.state = l.state AND n.reason = l.reason AND n.cost_source = l.cost_source
  AND n.energy_source = l.energy_source
ORDER BY 1;

DROP TABLE ledger;
CREATE VIEW ledger AS
SELECT
  r.request_id, r.attempt, r.trace_id, n.project, n.key_id, n.user_id, n.team_id, n.endpoint,
  n.provider, n.target, n.model, n.kind, n.state, n.reason, r.id >> 10 AS started_us, r.ended_us,
  n.month, n.cost_source, r.cost_nano_usd, r.estimate_nano_usd, r.usage_reported, r.input_tokens,
  r.cached_input_tokens, r.cache_write_input_tokens, r.cache_write_1h_input_tokens,
  r.audio_input_tokens, r.output_tokens, r.reasoning_tokens, r.audio_output_tokens, r.images,
  r.milliseconds, r.rows, r.web_searches, r.gpu_ms, r.cpu_us, r.energy_mj, n.energy_source,
  r.bytes_in, r.bytes_out
FROM ledger_rows r JOIN ledger_names n ON n.no = r.names_no;
