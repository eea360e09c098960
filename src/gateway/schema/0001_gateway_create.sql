-- What the API manages; what the configuration file declares is never stored.
CREATE TABLE gateway_endpoints (
  project    TEXT NOT NULL,
  name       TEXT NOT NULL,
  body       TEXT NOT NULL,      -- EndpointConfig as JSON
  version    INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  PRIMARY KEY (project, name)
);
CREATE TABLE gateway_providers (
  name       TEXT NOT NULL PRIMARY KEY,
  body       TEXT NOT NULL,      -- ProviderConfig as JSON; secrets are references
  version    INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL
);
CREATE TABLE gateway_models (
  project    TEXT NOT NULL,
  name       TEXT NOT NULL,
  blob       TEXT NOT NULL,      -- blob:<sha256>
  size_bytes INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  PRIMARY KEY (project, name)
);
