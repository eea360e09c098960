// Every text of identity that a client writes: headers with keys, filters, cursors, versions.
// Nothing may crash, and what is accepted must come back as it was.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "identity/credentials.h"
#include "identity/key_text.h"
#include "identity/requests.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tandem::identity;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t half = size / 2;
  const std::string_view view(text);
  if (const auto key = find_key({.authorization = view, .x_api_key = {}})) {
    if (key->text().empty()) std::abort();
    (void)is_key_text(key->text());
  }
  (void)find_key({.authorization = view.substr(0, half), .api_key = view.substr(half)});
  (void)key_hint(view);
  static constexpr std::string_view kFields[] = {"name", "role"};
  (void)read_list_request({.limit = text, .cursor = {}, .order = text, .filter = {}}, kFields);
  (void)read_list_request({.limit = {}, .cursor = {}, .order = {}, .filter = text}, kFields);
  const auto list =
      read_list_request({.limit = {}, .cursor = text, .order = {}, .filter = {}}, kFields);
  if (list && list->after) {
    const auto again = read_list_request(
        {.limit = {}, .cursor = write_cursor(*list->after), .order = {}, .filter = {}}, kFields);
    if (!again || again->after->id != list->after->id) std::abort();
  }
  (void)read_write_options(view.substr(0, half), view.substr(half));
  return 0;
}
