// Renders inference responses of the Open Inference Protocol v2 in the form that the request asked
// for: all JSON, or JSON with binary outputs behind it. Pure.
//   auto rendered = oip::render_infer_response(request, response);
//   if (rendered.header_length) headers.emplace_back(oip::kHeaderLength, …);
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/oip/types.h"

namespace tandem::engines::oip {

inline constexpr std::string_view kHeaderLength = "Inference-Header-Content-Length";

struct Rendered {
  std::string body;
  std::string_view content_type;        // application/json, or application/octet-stream
  std::optional<size_t> header_length;  // of the JSON where binary outputs follow it
};

// FP16 and BF16 are binary whatever was asked for, as JSON has no form for them; so are, in a
// JSON response, no others: BYTES that are not UTF-8 lose their invalid bytes (U+FFFD).
Rendered render_infer_response(const InferRequest& request, const InferResponse& response);

}  // namespace tandem::engines::oip
