#include "gateway/providers/plain_error.h"

#include "base/json/tree.h"

namespace tandem::gateway {

openai::ProviderError read_plain_error(std::string body) {
  if (const auto document = json::parse(body)) {
    for (const std::string_view name : {"message", "Message", "detail"}) {
      const std::string_view text = document->root().find_text(name);
      if (text.empty()) continue;
      openai::ProviderError error;
      error.message = text;
      error.type = document->root().find_text("code");
      return error;
    }
  }
  return openai::read_error(std::move(body));
}

}  // namespace tandem::gateway
