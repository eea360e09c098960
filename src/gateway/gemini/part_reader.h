// Reads parts of contents, of requests and answers alike, into Parts. Pure.
//   TRY(Part part, read_part(value, "contents[0].parts[1]"));
//
// A functionCall without an id gets one that is made up (the other dialects need it to tell
// results apart): `ids` counts them, and nobody is told such an id in this dialect again. A
// functionResponse without one answers the earliest call of its name that has no answer yet.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::gemini {

// Whether that id was made up here.
bool is_made_up(std::string_view id);

class CallIds {
 public:
  // `scope` tells the ids of different answers apart; empty in requests.
  explicit CallIds(std::string scope = {}) : scope_(std::move(scope)) {}
  void add_call(messages::Part& call);
  void add_response(messages::Part& response);

 private:
  std::string next();

  std::string scope_;
  int64_t made_ = 0;
  std::map<std::string, std::deque<std::string>> open_;  // ids of calls without an answer, by name
};

// InvalidArgument names the field, `at` is the path of the part. What only this dialect can say
// becomes Part::Kind::Other.
Result<messages::Part> read_part(const json::Value& value, const std::string& at, CallIds& ids);

}  // namespace tandem::gateway::gemini
