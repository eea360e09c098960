#include "engines/oip/json_data.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/json/writer.h"
#include "engines/oip/errors.h"
#include "engines/oip/types.h"

namespace tandem::engines::oip {
namespace {

namespace ondemand = simdjson::ondemand;

// The most of a wrong element that an error shows.
constexpr size_t kShownBytes = 40;

struct Reader {
  Tensor& tensor;
  std::vector<size_t> expected;  // elements of an array at each depth
  size_t count = 0;              // elements read so far

  Error wrong(ondemand::value& value) const {
    std::string_view token = value.raw_json_token();
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
      token.remove_suffix(1);
    }
    return errors::wrong_element(tensor.name, count, tensor.type, token.substr(0, kShownBytes));
  }
};

// NaN and infinities, which JSON has no numbers for.
std::optional<double> special_number(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  if (token.size() > 2 && token.front() == '"' && token.back() == '"') {
    token = token.substr(1, token.size() - 2);
  }
  if (token == "NaN" || token == "null") return std::numeric_limits<double>::quiet_NaN();
  if (token == "Infinity") return std::numeric_limits<double>::infinity();
  if (token == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

template <class T>
bool read_float(ondemand::value& value, T& out) {
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS) {
    const auto special = special_number(value.raw_json_token());
    if (!special) return false;
    number = *special;
  }
  if constexpr (sizeof(T) == 4) {
    // What exceeds FP32 becomes an infinity, as numpy makes it; a plain cast would be undefined.
    if (std::isfinite(number) && std::abs(number) > std::numeric_limits<float>::max()) {
      number = std::copysign(std::numeric_limits<double>::infinity(), number);
    }
  }
  out = static_cast<T>(number);
  return true;
}

template <class T>
bool read_integer(ondemand::value& value, T& out) {
  if constexpr (std::is_signed_v<T>) {
    int64_t number = 0;
    if (value.get_int64().get(number) == simdjson::SUCCESS) {
      out = static_cast<T>(number);
      return std::in_range<T>(number);
    }
  } else {
    uint64_t number = 0;
    if (value.get_uint64().get(number) == simdjson::SUCCESS) {
      out = static_cast<T>(number);
      return std::in_range<T>(number);
    }
  }
  // 3.0 is what JavaScript and pandas may write for 3. Beyond 2^53 doubles are not exact.
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS || number != std::trunc(number) ||
      std::abs(number) > 9007199254740992.0 || !std::in_range<T>(static_cast<int64_t>(number))) {
    return false;
  }
  out = static_cast<T>(static_cast<int64_t>(number));
  return true;
}

bool read_bool(ondemand::value& value, uint8_t& out) {
  bool flag = false;
  if (value.get_bool().get(flag) != simdjson::SUCCESS) {
    uint64_t number = 0;
    if (value.get_uint64().get(number) != simdjson::SUCCESS || number > 1) return false;
    flag = number == 1;
  }
  out = flag ? 1 : 0;
  return true;
}

// Reads one array and those in it; `leaf` takes an element, false where it is a wrong one.
template <class Leaf>
Result<void> read_array(Reader& reader, ondemand::array array, size_t depth, const Leaf& leaf) {
  const size_t before = reader.count;
  const size_t expected = reader.expected[std::min(depth, reader.expected.size() - 1)];
  for (auto element : array) {
    ondemand::value value;
    if (const auto error = element.get(value)) {
      return fail(errors::not_json(simdjson::error_message(error)));
    }
    ondemand::json_type type{};
    if (value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::array) {
      if (depth >= kMaxRank) return fail(errors::too_many("nested arrays", kMaxRank));
      ondemand::array inner;
      if (const auto error = value.get_array().get(inner)) {
        return fail(errors::not_json(simdjson::error_message(error)));
      }
      TRY_VOID(read_array(reader, inner, depth + 1, leaf));
      continue;
    }
    if (!leaf(value)) return fail(reader.wrong(value));
    ++reader.count;
  }
  if (reader.count - before == expected) return {};
  return fail(errors::ragged(reader.tensor.name, reader.tensor.shape, depth, expected,
                             reader.count - before));
}

template <class T, class Read>
Result<void> read_numbers(Reader& reader, ondemand::array data, const Read& read) {
  const size_t total = reader.expected[0];
  reader.tensor.bytes.resize(total * sizeof(T));
  uint8_t* out = reader.tensor.bytes.data();
  return read_array(reader, data, 0, [&](ondemand::value& value) {
    T number{};
    if (!read(value, number)) return false;
    if (reader.count < total) std::memcpy(out + reader.count * sizeof(T), &number, sizeof(T));
    return true;
  });
}

Result<void> read_strings(Reader& reader, ondemand::array data) {
  // A shape may promise more than the data keep: strings are 32 bytes each even when empty.
  reader.tensor.strings.reserve(std::min<size_t>(reader.expected[0], 4096));
  return read_array(reader, data, 0, [&](ondemand::value& value) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return false;
    reader.tensor.strings.emplace_back(text);
    return true;
  });
}

// Elements below each depth of `shape`; 1 for arrays around single elements.
std::vector<size_t> expected_counts(const Shape& shape) {
  std::vector<size_t> out(shape.size() + 1, 1);
  for (size_t i = shape.size(); i-- > 0;) {
    out[i] = element_count(std::span(shape).subspan(i)).value_or(0);
  }
  return out;
}

template <class T>
void append_number(T value, std::string& out) {
  char digits[40];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

template <class T>
void append_float(T value, std::string& out) {
  if (std::isnan(value))
    out += "\"NaN\"";
  else if (std::isinf(value))
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  else
    append_number(value, out);
}

template <class T, class Append>
void append_all(const Tensor& tensor, std::string& out, const Append& append) {
  bool first = true;
  for (const T value : tensor.values<T>()) {
    if (!first) out += ',';
    first = false;
    append(value, out);
  }
}

}  // namespace

Result<void> read_json_data(ondemand::array data, size_t room, Tensor& tensor) {
  Reader reader{tensor, expected_counts(tensor.shape)};
  const auto count = element_count(tensor.shape);
  // An element takes two bytes at least, its comma included.
  if (!count || *count > room / 2 + 1) return fail(errors::too_many("elements", room / 2 + 1));
  tensor.strings.clear();
  const auto integer = [](auto& value, auto& out) { return read_integer(value, out); };
  const auto real = [](auto& value, auto& out) { return read_float(value, out); };
  switch (tensor.type) {
    case DataType::Bool:
      return read_numbers<uint8_t>(reader, data, read_bool);
    case DataType::Uint8:
      return read_numbers<uint8_t>(reader, data, integer);
    case DataType::Uint16:
      return read_numbers<uint16_t>(reader, data, integer);
    case DataType::Uint32:
      return read_numbers<uint32_t>(reader, data, integer);
    case DataType::Uint64:
      return read_numbers<uint64_t>(reader, data, integer);
    case DataType::Int8:
      return read_numbers<int8_t>(reader, data, integer);
    case DataType::Int16:
      return read_numbers<int16_t>(reader, data, integer);
    case DataType::Int32:
      return read_numbers<int32_t>(reader, data, integer);
    case DataType::Int64:
      return read_numbers<int64_t>(reader, data, integer);
    case DataType::Fp32:
      return read_numbers<float>(reader, data, real);
    case DataType::Fp64:
      return read_numbers<double>(reader, data, real);
    case DataType::Bytes:
      return read_strings(reader, data);
    case DataType::Fp16:
    case DataType::Bf16:
      break;
  }
  return fail(errors::no_json_form(tensor.name, tensor.type));
}

void append_json_data(const Tensor& tensor, std::string& out) {
  const auto number = [](auto value, std::string& text) { append_number(value, text); };
  const auto real = [](auto value, std::string& text) { append_float(value, text); };
  out += '[';
  switch (tensor.type) {
    case DataType::Bool:
      append_all<uint8_t>(
          tensor, out, [](uint8_t value, std::string& text) { text += value ? "true" : "false"; });
      break;
    case DataType::Uint8:
      append_all<uint8_t>(tensor, out, number);
      break;
    case DataType::Uint16:
      append_all<uint16_t>(tensor, out, number);
      break;
    case DataType::Uint32:
      append_all<uint32_t>(tensor, out, number);
      break;
    case DataType::Uint64:
      append_all<uint64_t>(tensor, out, number);
      break;
    case DataType::Int8:
      append_all<int8_t>(tensor, out, number);
      break;
    case DataType::Int16:
      append_all<int16_t>(tensor, out, number);
      break;
    case DataType::Int32:
      append_all<int32_t>(tensor, out, number);
      break;
    case DataType::Int64:
      append_all<int64_t>(tensor, out, number);
      break;
    case DataType::Fp32:
      append_all<float>(tensor, out, real);
      break;
    case DataType::Fp64:
      append_all<double>(tensor, out, real);
      break;
    case DataType::Bytes:
      for (size_t i = 0; i < tensor.strings.size(); ++i) {
        if (i) out += ',';
        json::append_string(out, tensor.strings[i]);
      }
      break;
    case DataType::Fp16:
    case DataType::Bf16:
      break;
  }
  out += ']';
}

}  // namespace tandem::engines::oip
