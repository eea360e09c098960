#include "base/ids.h"

#include "base/clock.h"
#include "base/random.h"

namespace tandem {
namespace {

constexpr char kCrockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.:/@").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view write_ulid(char (&out)[26]) {
  auto milliseconds = static_cast<uint64_t>(wall_now_us() / 1000);
  for (int i = 9; i >= 0; --i) {
    out[i] = kCrockford[milliseconds & 31];
    milliseconds >>= 5;
  }
  uint64_t low = random_bits();
  uint64_t high = random_bits();
  for (int i = 25; i >= 18; --i, low >>= 5) out[i] = kCrockford[low & 31];
  for (int i = 17; i >= 10; --i, high >>= 5) out[i] = kCrockford[high & 31];
  return {out, 26};
}

Result<void> check_id_text(std::string_view text, std::string_view what) {
  if (text.empty()) {
    return fail(Code::InvalidArgument, std::string(what) + " is empty.", "Give it a name.");
  }
  if (text.size() > 63) {
    return fail(Code::InvalidArgument, std::string(what) + " is " + std::to_string(text.size()) +
                                           " bytes long; at most 63 are allowed.");
  }
  for (char c : text) {
    if (!id_character(c)) {
      return fail(Code::InvalidArgument,
                  std::string(what) + " holds a character that names may not hold.",
                  "Use letters, digits and - _ . : / @");
    }
  }
  return {};
}

}  // namespace tandem
