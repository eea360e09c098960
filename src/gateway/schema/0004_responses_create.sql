-- Answers of the Responses API that are kept, each with the items that it was asked with and those
-- that it answered. What came before them is found by previous_id.
CREATE TABLE gateway_responses (
  project     TEXT NOT NULL,
  id          TEXT NOT NULL,
  previous_id TEXT NOT NULL,     -- empty: the first
  endpoint    TEXT NOT NULL,     -- who may not call it does not see the response either
  body        TEXT NOT NULL,     -- the response object; its output stands in the items
  size_bytes  INTEGER NOT NULL,  -- with the items
  created_us  INTEGER NOT NULL,
  PRIMARY KEY (project, id)
);
CREATE INDEX gateway_responses_age ON gateway_responses (created_us);
CREATE TABLE gateway_response_items (
  project     TEXT NOT NULL,
  response_id TEXT NOT NULL,
  side        INTEGER NOT NULL,  -- 0: input, 1: output
  place       INTEGER NOT NULL,
  id          TEXT NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (project, response_id, side, place)
);
CREATE INDEX gateway_response_items_id ON gateway_response_items (project, id);
