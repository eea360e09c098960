-- One file of traces. A later version keeps one such file per period, so nothing here refers to a
-- row of another file, and numbers are private to the file.

-- The one row that says where writing goes on. `batch` counts committed batches: a writer whose own
-- count differs knows that a commit of its was lost, and forgets what it believed.
CREATE TABLE trace_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  batch INTEGER NOT NULL,
  next_key INTEGER NOT NULL,        -- keys of traces are never used twice
  next_block INTEGER NOT NULL,
  indexed_key INTEGER NOT NULL      -- traces up to this key are in trace_ids
);
INSERT INTO trace_state (id, batch, next_key, next_block, indexed_key) VALUES (1, 0, 1, 1, 0);

CREATE TABLE trace_projects (
  no INTEGER PRIMARY KEY,
  project TEXT NOT NULL UNIQUE
);

-- What the list shows, filters and orders by. `models` and `tags` are lists: "\na\nb\n".
CREATE TABLE traces (
  key INTEGER PRIMARY KEY,
  project_no INTEGER NOT NULL,
  trace_id BLOB NOT NULL,
  start_us INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  name TEXT,
  status INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  span_count INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  cached_input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  session_id TEXT,
  user_id TEXT,
  models TEXT,
  tags TEXT,
  environment TEXT,
  release TEXT,
  metadata TEXT
);
CREATE INDEX traces_by_time ON traces (project_no, start_us);
CREATE INDEX traces_by_session ON traces (project_no, session_id, start_us)
  WHERE session_id IS NOT NULL;
CREATE INDEX traces_with_errors ON traces (project_no, start_us) WHERE error_count > 0;

-- Finds a trace by its id. Filled in sorted runs, some time after the trace (trace_ids.h).
CREATE TABLE trace_ids (
  trace_id BLOB NOT NULL,
  project_no INTEGER NOT NULL,
  key INTEGER NOT NULL,
  PRIMARY KEY (trace_id, project_no)
) WITHOUT ROWID;

-- id = key of the trace << 20 | number of the span in it: the spans of a trace lie together.
CREATE TABLE spans (
  id INTEGER PRIMARY KEY,
  head BLOB NOT NULL,
  body BLOB NOT NULL
);

-- Which spans hold which text: a filter per 256 spans of one project (gram_filter.h).
CREATE TABLE text_blocks (
  id INTEGER PRIMARY KEY,
  project_no INTEGER NOT NULL,
  last_start_us INTEGER NOT NULL,
  spans BLOB NOT NULL,
  filter BLOB NOT NULL
);
CREATE INDEX text_blocks_by_project ON text_blocks (project_no, id);
