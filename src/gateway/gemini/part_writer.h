// Writes Parts as parts of a content. Pure.
//   PartWriter parts(json, {.own = true, .model = "gemini-2.5-flash"}, dropped);
//   if (parts.is_written(part)) TRY_VOID(parts.write(part, "messages[0].content[1]"));
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "base/result.h"
#include "gateway/gemini/fields.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::gemini {

// `arguments` where they are a JSON object, "{}" where they are empty; else nullopt.
std::optional<std::string> object_of(std::string_view arguments);

class PartWriter {
 public:
  struct Rules {
    bool own = false;              // this dialect read the parts: it may write all that it can say
    bool needs_signature = false;  // the model wants its calls of functions back with a signature
  };
  PartWriter(json::Writer& json, Rules rules, Dropped& dropped)
      : json_(json), rules_(rules), dropped_(dropped) {}

  // Whether anything is written of it: thoughts of other providers are not, nor are empty texts.
  bool is_written(const messages::Part& part) const;
  // Of a part that is_written(). InvalidArgument names `at`.
  Result<void> write(const messages::Part& part, const std::string& at);
  // The name of the function that a call had, which its result has to say.
  void know(const messages::Part& call) { names_[call.id] = call.name; }

 private:
  Result<void> write_media(const messages::Part& part, const std::string& at);
  Result<void> write_call(const messages::Part& part, const std::string& at);
  Result<void> write_response(const messages::Part& part, const std::string& at);
  Result<void> write_said(const messages::Part& part, const std::string& at);
  void end(const messages::Extras& extras);

  json::Writer& json_;
  Rules rules_;
  Dropped& dropped_;
  std::map<std::string, std::string, std::less<>> names_;  // of functions, by the id of the call
};

}  // namespace tandem::gateway::gemini
