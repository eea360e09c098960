#include "gateway/token_estimate.h"

#include <cstddef>

namespace tandem::gateway {
namespace {

enum class Class : uint8_t { Letter, Digit, Space, Punctuation, Wide };

Class classify(unsigned char byte) {
  if (byte >= 0x80) return Class::Wide;
  if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return Class::Letter;
  if (byte >= '0' && byte <= '9') return Class::Digit;
  if (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r') return Class::Space;
  return Class::Punctuation;
}

int64_t parts(size_t bytes, size_t part) {
  return static_cast<int64_t>((bytes + part - 1) / part);
}

int64_t tokens_of_run(Class kind, size_t bytes) {
  switch (kind) {
    case Class::Letter:
      return bytes <= 7 ? 1 : parts(bytes, 5);
    case Class::Digit:
      return parts(bytes, 3);
    case Class::Space:
      return bytes == 1 ? 0 : parts(bytes, 16);  // one space joins the next word
    case Class::Punctuation:
      return parts(bytes, 2);
    case Class::Wide:
      return parts(bytes, 3);
  }
  return 1;
}

}  // namespace

int64_t estimate_tokens(std::string_view text) {
  int64_t tokens = 0;
  size_t begin = 0;
  while (begin < text.size()) {
    const Class kind = classify(static_cast<unsigned char>(text[begin]));
    size_t end = begin + 1;
    while (end < text.size() && classify(static_cast<unsigned char>(text[end])) == kind) ++end;
    tokens += tokens_of_run(kind, end - begin);
    begin = end;
  }
  return tokens == 0 && !text.empty() ? 1 : tokens;
}

}  // namespace tandem::gateway
