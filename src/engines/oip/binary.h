// The tensor encoding of OIP's binary extension: little-endian elements one after the other, BYTES
// elements each behind their length in 4 bytes; BOOL one byte. Also raw_input_contents of gRPC.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engines/tensor.h"

namespace tandem::engines::oip {

// Puts `data` into `tensor`, whose name, type and shape stand already; the lengths must agree.
Result<void> decode_binary(std::string_view data, Tensor& tensor);

size_t binary_size(const Tensor& tensor);
void append_binary(const Tensor& tensor, std::string& out);

}  // namespace tandem::engines::oip
