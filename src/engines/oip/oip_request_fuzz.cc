// Any bytes as an OIP request: no crash, and what is accepted is consistent and survives a round
// trip through the binary encoding.
#include <cstdlib>

#include "engines/oip/binary.h"
#include "engines/oip/request.h"
#include "engines/oip/response.h"

using namespace tandem::engines;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ModelMetadata model{"m", "", {{"x", DataType::Fp32, {-1, 2}, {}}}, {}};
  if (size < 2) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  // The first two bytes choose the header: absent, or a length.
  const size_t length = data[0] | size_t{data[1]} << 8;
  std::optional<std::string> header;
  if (data[0] != 0xff) header = std::to_string(length > body.size() + 1 ? body.size() : length);
  const auto request = oip::parse_infer_request(body, header, model);
  if (!request) return 0;
  for (const Tensor& input : request->inputs) {
    if (!check_data(input)) std::abort();
    std::string raw;
    oip::append_binary(input, raw);
    if (raw.size() != oip::binary_size(input)) std::abort();
    Tensor again{input.name, input.type, input.shape, {}, {}};
    if (!oip::decode_binary(raw, again)) std::abort();
    if (again.bytes != input.bytes || again.strings != input.strings) std::abort();
  }
  const oip::InferResponse response{"m", "1", request->id, request->inputs};
  const auto rendered = oip::render_infer_response(*request, response);
  if (rendered.header_length.value_or(0) > rendered.body.size()) std::abort();
  return 0;
}
