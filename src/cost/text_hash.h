// Lets unordered containers of std::string be searched with a string_view, without a copy.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace tandem::cost {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace tandem::cost
