#include "store/postgres/bound_params.h"

#include <charconv>

#include "store/postgres/postgres_row.h"

namespace tandem::store {
namespace {

template <class Number>
std::string to_digits(Number number) {
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  return std::string(digits, end);
}

}  // namespace

BoundParams::BoundParams(std::span<const Param> params) {
  copies_.reserve(params.size());
  for (const Param& param : params) add(param);
}

void BoundParams::add(const Param& param) {
  const char* value = nullptr;
  int length = 0;
  int format = 0;
  unsigned type = 0;
  char letter = 'n';
  if (auto* integer = std::get_if<int64_t>(&param)) {
    value = copies_.emplace_back(to_digits(*integer)).c_str();
    type = kOidInt8;
    letter = 'i';
  } else if (auto* number = std::get_if<double>(&param)) {
    value = copies_.emplace_back(to_digits(*number)).c_str();
    type = kOidFloat8;
    letter = 'd';
  } else if (auto* text = std::get_if<std::string_view>(&param)) {
    value = copies_.emplace_back(*text).c_str();
    letter = 't';
  } else if (auto* bytes = std::get_if<std::span<const uint8_t>>(&param)) {
    // A null pointer would be NULL.
    value = bytes->empty() ? "" : reinterpret_cast<const char*>(bytes->data());
    length = static_cast<int>(bytes->size());
    format = 1;
    type = kOidBytea;
    letter = 'b';
  }
  values_.push_back(value);
  lengths_.push_back(length);
  formats_.push_back(format);
  types_.push_back(type);
  signature_ += letter;
}

}  // namespace tandem::store
