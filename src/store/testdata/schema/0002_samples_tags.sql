CREATE TABLE sample_tags (
  sample INTEGER NOT NULL REFERENCES samples(id),
  tag TEXT NOT NULL,
  PRIMARY KEY (sample, tag)
) WITHOUT ROWID;
