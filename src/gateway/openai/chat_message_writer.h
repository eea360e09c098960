// Writes messages as an OpenAI chat has them: of its own requests as they were, of other dialects'
// in the form that most providers of this protocol understand. Pure; one for each body.
//   ChatMessageWriter writer(own, dropped);
//   for (…) TRY_VOID(writer.write(message, "messages[2]", json));
//   TRY_VOID(writer.finish(json));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "base/result.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::openai {

// Extras that are no notes: fields of the object that is being written, after `prefix`.
void write_extras(const messages::Extras& extras, json::Writer& json, std::string_view prefix = {});
// The name in `dropped`, once.
void name_dropped(std::string_view name, std::vector<std::string>& dropped);
void name_dropped(const messages::Extras& extras, std::vector<std::string>& dropped);
// A function's call as an element of "tool_calls"; with `own` its extras, too.
void write_tool_call(const messages::Part& call, bool own, json::Writer& json);

class ChatMessageWriter {
 public:
  // `own`: the request was read from this dialect.
  ChatMessageWriter(bool own, std::vector<std::string>& dropped) : own_(own), dropped_(dropped) {}

  // Appends messages: a list in another dialect's message may hold the results of several tools.
  // InvalidArgument names what cannot be said.
  Result<void> write(const messages::Message& message, const std::string& at, json::Writer& json);
  Result<void> finish(json::Writer& json);

 private:
  using Parts = std::vector<const messages::Part*>;
  Result<void> write_tool_result(const messages::Message& message, const messages::Part& result,
                                 const std::string& at, json::Writer& json);
  Result<void> write_assistant(const messages::Message& message, const std::string& at,
                               json::Writer& json);
  Result<void> write_content(const messages::Message& message, const Parts& parts,
                             const std::string& at, json::Writer& json);
  Result<void> write_part(const messages::Part& part, const std::string& at, json::Writer& json);
  Result<void> write_image(const messages::Part& part, const std::string& at, json::Writer& json);
  Result<void> write_file(const messages::Part& part, const std::string& at, json::Writer& json);
  void write_extras_of(const messages::Extras& extras, json::Writer& json);
  void write_thinking(const messages::Message& message, json::Writer& json);

  bool own_;
  std::vector<std::string>& dropped_;
  // Images and files that tools gave: this protocol has only texts there, so they follow in the
  // user's next message.
  Parts pending_;
};

}  // namespace tandem::gateway::openai
