// RequestContext: who asks, for which project, until when, in which trace. Made once per request
// by net, completed by identity, then passed first to everything. It lives as long as the request
// and belongs to the io thread of its connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/cancel.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/trace_context.h"

namespace tandem {

enum class Role : uint8_t { User, Editor, Admin };

// Who a key acts for. A copy of what identity knows, so that layers below need not include it.
struct Principal {
  KeyId key;
  std::string key_name;
  ProjectId project;
  UserId user;  // empty: a service key
  TeamId team;  // empty: none
  Role role = Role::User;
  // Endpoints that the key may call; null: all of its project.
  std::shared_ptr<const std::vector<std::string>> endpoints;
  bool every_project = false;  // the admin key of the server

  bool authenticated() const { return !key.empty(); }
  bool may_call(std::string_view endpoint) const;
};

struct RequestContext {
  RequestId request_id;
  TraceContext trace;
  Principal principal;
  WallUs started_us = 0;
  SteadyUs started_steady_us = 0;
  Deadline deadline;
  CancelSource cancel;    // fires when the client goes away or the server stops
  int64_t waited_us = 0;  // spent waiting for targets; the rest of the latency is ours

  const ProjectId& project() const { return principal.project; }
};

}  // namespace tandem
