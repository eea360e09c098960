// The text of a key: `tk-`, 36 random letters and digits (214 bits), and 6 more that are a checksum
// of what stands before (CRC-32, IEEE, in base 62). So a scanner can tell a real key from text that
// looks like one, offline and without the server. Pure but for make_key_text(). Any thread.
//   std::string key = identity::make_key_text();
//   if (identity::is_key_text(word)) …                  // well formed, checksum right
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem::identity {

inline constexpr std::string_view kKeyPrefix = "tk-";
inline constexpr size_t kKeyRandomLength = 36;
inline constexpr size_t kKeyChecksumLength = 6;
inline constexpr size_t kKeyLength = kKeyPrefix.size() + kKeyRandomLength + kKeyChecksumLength;

// A new key, from the kernel's random bytes.
std::string make_key_text();

// The key that belongs to `seed`: equal seeds give equal keys. `seed` must be as secret as the key.
std::string key_text_of(std::span<const uint8_t> seed);

bool is_key_text(std::string_view text);

// What may be shown of a key: `tk-…wxyz`.
std::string key_hint(std::string_view key);

// CRC-32 as in IEEE 802.3 and zlib.
uint32_t crc32(std::string_view bytes);

}  // namespace tandem::identity
