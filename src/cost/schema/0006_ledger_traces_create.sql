-- Which rows belong to which trace: blocks of 32-bit hashes of trace ids instead of an index over
-- them (ledger_traces.h). `traces` is their number, negative where nothing is known of the rows.
DROP INDEX ledger_rows_by_trace;

CREATE TABLE ledger_traces (
  block INTEGER PRIMARY KEY,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  hashes BLOB NOT NULL
);

INSERT INTO ledger_traces (block, first_id, last_id, traces, hashes)
SELECT 1, MIN(id), MAX(id), -1, x'' FROM ledger_rows HAVING COUNT(*) > 0;
