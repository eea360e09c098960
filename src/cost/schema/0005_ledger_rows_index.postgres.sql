-- Every filter by names finds its sets in ledger_names and reads the newest rows of each.
CREATE INDEX ledger_rows_by_names ON ledger_rows (names_no, id);
CREATE INDEX ledger_rows_by_request ON ledger_rows (request_id);
CREATE INDEX ledger_rows_by_trace ON ledger_rows (trace_id);
