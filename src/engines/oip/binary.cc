#include "engines/oip/binary.h"

#include "engines/oip/errors.h"

namespace tandem::engines::oip {
namespace {

uint32_t read_length(const char* at) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
         uint32_t{bytes[3]} << 24;
}

void append_length(uint32_t length, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(length >> shift & 0xFF);
}

Result<void> decode_strings(std::string_view data, Tensor& tensor) {
  while (!data.empty()) {
    const size_t index = tensor.strings.size();
    if (data.size() < 4) return fail(errors::bad_bytes_framing(tensor.name, index));
    const uint32_t length = read_length(data.data());
    data.remove_prefix(4);
    if (data.size() < length) return fail(errors::bad_bytes_framing(tensor.name, index));
    tensor.strings.emplace_back(data.substr(0, length));
    data.remove_prefix(length);
  }
  return {};
}

}  // namespace

Result<void> decode_binary(std::string_view data, Tensor& tensor) {
  tensor.strings.clear();
  if (tensor.type == DataType::Bytes) {
    TRY_VOID(decode_strings(data, tensor));
    return check_data(tensor);
  }
  tensor.bytes.assign(data.begin(), data.end());
  if (tensor.type == DataType::Bool) {
    // A C++ bool that is neither 0 nor 1 is no bool: kernels may do anything with it.
    for (uint8_t& byte : tensor.bytes) byte = byte != 0;
  }
  return check_data(tensor);
}

size_t binary_size(const Tensor& tensor) {
  if (tensor.type != DataType::Bytes) return tensor.bytes.size();
  size_t total = 0;
  for (const std::string& text : tensor.strings) total += 4 + text.size();
  return total;
}

void append_binary(const Tensor& tensor, std::string& out) {
  if (tensor.type != DataType::Bytes) {
    out.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
    return;
  }
  for (const std::string& text : tensor.strings) {
    append_length(static_cast<uint32_t>(text.size()), out);
    out += text;
  }
}

}  // namespace tandem::engines::oip
