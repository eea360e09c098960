// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor's instruction where it has one.
// Pure.
#pragma once

#include <cstdint>
#include <span>

namespace tandem::store {

// Continues `crc` (0 at the start) over `bytes`; extend(extend(0, a), b) is the sum of a and b.
uint32_t crc32c(uint32_t crc, std::span<const uint8_t> bytes);

// The table-driven form, which every processor runs; for tests.
uint32_t crc32c_portable(uint32_t crc, std::span<const uint8_t> bytes);

}  // namespace tandem::store
