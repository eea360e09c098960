-- Files of OpenAI's files API: who has them and what they are for. Their bytes are blobs, shared by
-- files of equal content.
CREATE TABLE gateway_files (
  id           TEXT NOT NULL PRIMARY KEY,
  project      TEXT NOT NULL,
  key_id       TEXT NOT NULL,
  filename     TEXT NOT NULL,
  purpose      TEXT NOT NULL,
  size_bytes   INTEGER NOT NULL,
  blob         TEXT NOT NULL,      -- blob:<sha256>
  created_us   INTEGER NOT NULL,
  expires_us   INTEGER NOT NULL    -- 0: never
);
CREATE INDEX gateway_files_by_project ON gateway_files (project, id);
CREATE INDEX gateway_files_by_blob ON gateway_files (blob);
CREATE INDEX gateway_files_by_expiry ON gateway_files (expires_us);
