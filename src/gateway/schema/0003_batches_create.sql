-- Batches of OpenAI's batch API. A batch belongs to the node that has its files; the database is
-- where it goes on from after a restart. Times are Unix microseconds, 0: not yet.
CREATE TABLE gateway_batches (
  id                TEXT NOT NULL PRIMARY KEY,
  project           TEXT NOT NULL,
  key_id            TEXT NOT NULL,
  node              TEXT NOT NULL,
  endpoint          TEXT NOT NULL,     -- the path of its lines: /v1/chat/completions
  input_file        TEXT NOT NULL,
  input_blob        TEXT NOT NULL,
  completion_window TEXT NOT NULL,
  metadata          TEXT NOT NULL,     -- JSON; empty: none
  status            TEXT NOT NULL,
  errors            TEXT NOT NULL,     -- JSON list of what is wrong with the input; empty: nothing
  output_keep_s     INTEGER NOT NULL,  -- how long its output files are kept
  total             INTEGER NOT NULL,
  completed         INTEGER NOT NULL,
  failed            INTEGER NOT NULL,
  output_file       TEXT NOT NULL,
  error_file        TEXT NOT NULL,
  created_us        INTEGER NOT NULL,
  expires_us        INTEGER NOT NULL,
  in_progress_us    INTEGER NOT NULL,
  finalizing_us     INTEGER NOT NULL,
  cancelling_us     INTEGER NOT NULL,
  finished_us       INTEGER NOT NULL   -- completed, failed, expired or cancelled: as status says
);
CREATE INDEX gateway_batches_by_project ON gateway_batches (project, id);
CREATE INDEX gateway_batches_unfinished ON gateway_batches (finished_us, node);
CREATE INDEX gateway_batches_by_input ON gateway_batches (input_file, finished_us);
-- Lines that were begun: written before the call is made, so that none is paid twice. They go when
-- the batch's files are written.
CREATE TABLE gateway_batch_lines (
  batch       TEXT NOT NULL,
  line        INTEGER NOT NULL,   -- from 1
  custom_id   TEXT NOT NULL,
  request_id  TEXT NOT NULL,
  status      INTEGER NOT NULL,   -- HTTP status of the answer; 0: none yet
  body        BLOB NOT NULL,      -- of the answer, JSON
  PRIMARY KEY (batch, line)
);
