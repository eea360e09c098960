// Does a text look like a secret? Entropy, placeholders and the tests behind Rule::judge.
// Pure functions over one value without its surroundings; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::guard {

// Shannon entropy of the bytes of `text` in bits per byte (C. E. Shannon, 1948): 0 for one byte
// repeated, log2(n) for n different ones.
double entropy(std::string_view text);

// What people write where a secret will stand: EXAMPLE, xxxx, <your-key>, ${KEY}, changeme, ****.
bool is_placeholder(std::string_view text);

// How a value came behind its name: `name value`, `the name is value`, `name = value`.
enum class Link : uint8_t { Space, Prose, Sign };

struct ValueContext {
  Link link = Link::Sign;
  bool quoted = false;
  bool spaced_sign = false;  // "name = value" without quotes: in code the value is another name
  bool named = false;        // the name has a part before the keyword ("kontent_key")
};

// Made by a generator: hex, a UUID, or letters and digits mixed as no word or version is.
bool looks_random(std::string_view text);
bool looks_like_uuid(std::string_view text);

bool looks_like_password(std::string_view text, const ValueContext& context);
bool looks_like_secret(std::string_view text, const ValueContext& context);  // behind "secret"
bool looks_like_key(std::string_view text, const ValueContext& context);     // behind "key"
bool looks_like_basic(std::string_view text);  // base64 of printable user:password

}  // namespace tandem::guard
