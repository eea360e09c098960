// Bounds of one document, so that no hostile text grows into much memory (YAML aliases multiply).
#pragma once

#include <cstddef>

namespace tandem::config {

inline constexpr size_t kMaxConfigNodes = 200'000;
inline constexpr size_t kMaxConfigDepth = 64;

}  // namespace tandem::config
