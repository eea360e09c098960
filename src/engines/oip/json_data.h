// The "data" of a tensor in JSON: numbers, booleans or strings, flat in row-major order or nested.
// NaN and infinities are the strings "NaN", "Infinity" and "-Infinity" (as protobuf's JSON has
// them, and as numpy reads them); the bare words of Python's json and null (NaN) are read too.
// Included by .cc files only (simdjson). Pure.
#pragma once

#include <simdjson.h>

#include <string>

#include "base/result.h"
#include "engines/tensor.h"

namespace tandem::engines::oip {

// Reads `data` into `tensor`, whose name, type and shape stand already. Each array must hold as
// many elements as the shape says for its depth. `room`: bytes of the document, which bound what a
// shape can ask for.
Result<void> read_json_data(simdjson::ondemand::array data, size_t room, Tensor& tensor);

// Appends the elements of `tensor` as one flat array. FP16 and BF16 have no JSON form.
void append_json_data(const Tensor& tensor, std::string& out);

}  // namespace tandem::engines::oip
