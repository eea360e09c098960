-- Holds what the schema function could get wrong: a semicolon, brackets, "quotes", $signs and \n.
CREATE TABLE samples (
  id INTEGER PRIMARY KEY,
  content TEXT NOT NULL,
  separator TEXT NOT NULL DEFAULT ';',
  pattern TEXT NOT NULL DEFAULT '[a;b] ${x} @y@ \d'
);
