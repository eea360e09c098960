// Reads content blocks of requests and answers into Parts. Pure.
//   TRY(Part part, read_part(block, "messages[0].content[1]", Nulls::Skip));
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "gateway/anthropic/fields.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::anthropic {

// InvalidArgument names the field, `where` is the path of the block. A type that is not known here
// becomes Part::Kind::Other.
Result<messages::Part> read_part(const boost::json::object& block, const std::string& where,
                                 Nulls nulls);

// What "content" may be: a text, or a list of blocks.
struct Content {
  std::vector<messages::Part> parts;
  bool is_plain = false;  // it was a text
};
Result<Content> read_content(const boost::json::value& value, const std::string& where);

}  // namespace tandem::gateway::anthropic
