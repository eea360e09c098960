// Route: one line of the table from which routing, permissions, limits, audit actions, metric
// labels and /openapi.json all derive. Folders make their routes in api.cc; app collects them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error/surface.h"
#include "base/limits.h"
#include "net/exchange.h"

namespace tandem::net {

enum class Method : uint8_t { Get, Post, Put, Patch, Delete };
std::string_view method_name(Method method);

// What a caller needs: Public needs no key, Call any key of the project, Read/Write/Admin the right
// on `noun` ("keys", "traces").
enum class Access : uint8_t { Public, Call, Read, Write, Admin };

struct Permission {
  Access access = Access::Admin;
  std::string noun;
  std::string name() const;  // "keys:write"; "public"
};

enum class BodyMode : uint8_t { Whole, Stream };

struct ParameterDoc {
  enum class In : uint8_t { Path, Query, Header };
  std::string name;
  In in = In::Query;
  std::string type = "string";  // JSON Schema type
  std::string description;
  bool required = false;
};

struct Route {
  Method method = Method::Get;
  // "/api/tandem/v1/keys/{id}"; "{model}:verb" takes the segments that end so, {rest*} the rest of
  // the path.
  std::string pattern;
  Permission permission;
  Surface surface = Surface::Tandem;
  std::string audit_action;  // "keys.create"; empty: not a mutation
  size_t max_body_bytes = limits::kDefaultMaxBodyBytes;
  BodyMode body_mode = BodyMode::Whole;
  // Carries a model call: must pass admission, guard and ledger (proved at start).
  bool governed = false;
  bool hidden = false;  // an alias that /openapi.json leaves out

  std::string tag;      // section of the API reference
  std::string summary;  // one line
  std::string description;
  std::vector<ParameterDoc> parameters;
  std::string request_schema;   // JSON Schema; empty: no body
  std::string response_schema;  // JSON Schema of the 2xx answer
  int success_status = 200;

  ApiHandler handler;  // exactly one of the two
  StreamHandler stream_handler;
};

using Routes = std::vector<Route>;

}  // namespace tandem::net
