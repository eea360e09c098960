#include "gateway/targets/hidden_key.h"

#include <algorithm>
#include <string>

namespace tandem::gateway {
namespace {

constexpr size_t kShortestKey = 8;  // shorter ones may stand in any sentence

bool names_a_secret(std::string_view name) {
  return name.ends_with("authorization") || name.ends_with("key") || name.ends_with("token");
}

void replace_all(std::string& text, std::string_view key) {
  constexpr std::string_view kMark = "[key]";
  for (size_t at = text.find(key); at != std::string::npos; at = text.find(key, at)) {
    text.replace(at, key.size(), kMark);
    at += kMark.size();
  }
}

}  // namespace

void hide_keys(Error& error, std::string_view header_block) {
  while (!header_block.empty()) {
    const std::string_view line = header_block.substr(0, header_block.find("\r\n"));
    header_block.remove_prefix(std::min(line.size() + 2, header_block.size()));
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos || !names_a_secret(line.substr(0, colon))) continue;
    std::string_view key = line.substr(colon + 2);
    key.remove_prefix(key.rfind(' ') + 1);  // "Bearer "
    if (key.size() < kShortestKey) continue;
    replace_all(error.message, key);
    replace_all(error.hint, key);
    replace_all(error.upstream_code, key);
  }
}

}  // namespace tandem::gateway
