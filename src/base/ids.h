// Strong identifiers: KeyId and TraceId cannot be mixed up, and none of them allocates.
// An Id holds at most 63 bytes inline, is trivially copyable, compares by value and hashes.
//   KeyId id = KeyId::make("key");     // "key_01J9Z3NDEKTSV4RRFFQ69G5FAV": sortable by time
//   auto project = ProjectId::parse(text);  // Result: too long or with odd characters is an error
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem {

// A ULID (48-bit milliseconds, 80 random bits) in Crockford's base 32: 26 characters, unique,
// ordered by time. Unguessable only by accident: never use one as a secret. Any thread.
std::string_view write_ulid(char (&out)[26]);

// Letters, digits and `-_.:/@`, 1 to 63 bytes: what names and ids may hold.
Result<void> check_id_text(std::string_view text, std::string_view what);

template <class Tag>
class Id {
 public:
  static constexpr size_t kCapacity = 63;

  constexpr Id() = default;
  // Keeps the first 63 bytes; for text that was checked or made by us.
  explicit Id(std::string_view text) {
    length_ = static_cast<uint8_t>(text.size() < kCapacity ? text.size() : kCapacity);
    std::memcpy(bytes_.data(), text.data(), length_);
  }
  static Result<Id> parse(std::string_view text) {
    TRY_VOID(check_id_text(text, Tag::kName));
    return Id(text);
  }
  static Id make(std::string_view prefix) {
    char ulid[26];
    std::string text(prefix);
    text += '_';
    text += write_ulid(ulid);
    return Id(text);
  }

  std::string_view view() const { return {bytes_.data(), length_}; }
  std::string str() const { return std::string(view()); }
  bool empty() const { return length_ == 0; }

  friend bool operator==(const Id& a, const Id& b) { return a.view() == b.view(); }
  friend auto operator<=>(const Id& a, const Id& b) { return a.view() <=> b.view(); }

 private:
  std::array<char, kCapacity> bytes_{};
  uint8_t length_ = 0;
};

struct ProjectTag {
  static constexpr std::string_view kName = "project";
};
struct UserTag {
  static constexpr std::string_view kName = "user";
};
struct TeamTag {
  static constexpr std::string_view kName = "team";
};
struct KeyTag {
  static constexpr std::string_view kName = "key id";
};
struct RequestTag {
  static constexpr std::string_view kName = "request id";
};
using ProjectId = Id<ProjectTag>;
using UserId = Id<UserTag>;
using TeamId = Id<TeamTag>;
using KeyId = Id<KeyTag>;
using RequestId = Id<RequestTag>;

}  // namespace tandem

template <class Tag>
struct std::hash<tandem::Id<Tag>> {
  size_t operator()(const tandem::Id<Tag>& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};
