// Writes Parts as content blocks of Converse. Pure.
//   BlockWriter blocks(json, dropped);
//   TRY_VOID(blocks.write(part, "messages[0].content[1]"));   // into the list that is open
#pragma once

#include <string>

#include "base/json/writer.h"
#include "base/result.h"
#include "gateway/anthropic/part_writer.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::bedrock {

class BlockWriter {
 public:
  BlockWriter(json::Writer& json, anthropic::Dropped& dropped) : json_(json), dropped_(dropped) {}

  // Whether anything is written of `part`: thinking that nobody signed is not, nor is an empty
  // text, which the API refuses.
  static bool is_written(const messages::Part& part);
  // InvalidArgument names `where`.
  Result<void> write(const messages::Part& part, const std::string& where);
  // A cachePoint where `extras` hold a cache_control; all else in them is dropped.
  void end_block(const messages::Extras& extras);

 private:
  Result<void> write_media(const messages::Part& part, const std::string& where);
  Result<void> write_tool_use(const messages::Part& part, const std::string& where);
  Result<void> write_tool_result(const messages::Part& part, const std::string& where);

  json::Writer& json_;
  anthropic::Dropped& dropped_;
};

}  // namespace tandem::gateway::bedrock
