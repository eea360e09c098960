CREATE TABLE sample_tags (
  sample BIGINT NOT NULL REFERENCES samples(id),
  tag TEXT NOT NULL,
  PRIMARY KEY (sample, tag)
);
