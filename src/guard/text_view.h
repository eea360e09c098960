// The part of a stream that is still in memory, addressed by absolute byte offsets.
// A view: the buffer behind it outlives it and does not change meanwhile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tandem::guard {

class TextView {
 public:
  TextView(std::string_view bytes, uint64_t base) : bytes_(bytes), base_(base) {}

  uint64_t begin() const { return base_; }
  uint64_t end() const { return base_ + bytes_.size(); }
  char at(uint64_t offset) const { return bytes_[offset - base_]; }
  std::string_view slice(uint64_t from, uint64_t to) const {
    return bytes_.substr(from - base_, to - from);
  }

 private:
  std::string_view bytes_;
  uint64_t base_;
};

// May a token begin at `offset`? Not behind a letter or digit, unless that belongs to an escape:
// \n and \u0022 (JSON), %3D (URLs), ESC[31m (terminals). Looks at 12 bytes before `offset` at most.
bool at_edge(const TextView& text, uint64_t offset);
inline constexpr uint64_t kEdgeReach = 12;

}  // namespace tandem::guard
