// Reads inference requests of the Open Inference Protocol v2: JSON, JSON with binary tensors behind
// it (the header Inference-Header-Content-Length), and bare bytes (that header with 0). Shapes are
// checked against the data here, and against the model when it runs. Errors are InvalidArgument or
// NotImplemented and name the input. Pure; any thread.
//   TRY(auto request, oip::parse_infer_request(body, header, predictor.metadata()));
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "engines/oip/types.h"
#include "engines/predictor.h"

namespace tandem::engines::oip {

// `header_length`: the value of Inference-Header-Content-Length; nullopt where it is absent.
Result<InferRequest> parse_infer_request(std::string_view body,
                                         std::optional<std::string_view> header_length,
                                         const ModelMetadata& model);

}  // namespace tandem::engines::oip
