// Writes Parts as content blocks. Pure.
//   PartWriter parts(json, true, dropped);
//   TRY_VOID(parts.write(part, "messages[0].content[1]"));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "base/result.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::anthropic {

// Names that are dropped, each once.
class Dropped {
 public:
  void add(std::string_view name);
  // All of them, but notes.
  void add(const messages::Extras& extras);
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
};

// The only characters of an id here are letters, digits, "_" and "-"; others become "_".
std::string tool_id(std::string_view id);
// `arguments` where they are a JSON object, "{}" where they are empty; else nullopt.
std::optional<std::string> tool_input(std::string_view arguments);

class PartWriter {
 public:
  // `own`: the parts were read by this dialect, so that it may write what only it can say.
  PartWriter(json::Writer& json, bool own, Dropped& dropped)
      : json_(json), own_(own), dropped_(dropped) {}

  // Whether anything is written of `part`: thinking that nobody signed is not, nor is an empty
  // text, which the API refuses.
  bool is_written(const messages::Part& part) const;
  // InvalidArgument names `where`.
  Result<void> write(const messages::Part& part, const std::string& where);

 private:
  Result<void> write_media(const messages::Part& part, const std::string& where);
  Result<void> write_tool_use(const messages::Part& part, const std::string& where);
  Result<void> write_tool_result(const messages::Part& part, const std::string& where);
  void end_block(const messages::Extras& extras);

  json::Writer& json_;
  bool own_;
  Dropped& dropped_;
};

}  // namespace tandem::gateway::anthropic
