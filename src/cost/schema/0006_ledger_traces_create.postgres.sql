-- Rows of a trace are found by the index here; only SQLite has blocks instead.
ANALYZE ledger_rows;
