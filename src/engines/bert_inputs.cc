#include "engines/bert_inputs.h"

#include <unistd.h>

#include "engines/errors.h"
#include "engines/tokenizer/unicode_table.h"

namespace tandem::engines {
namespace {

Tensor row_of(std::string name, std::span<const int64_t> values) {
  Tensor tensor{std::move(name), DataType::Int64, {1, static_cast<int64_t>(values.size())}, {}, {}};
  set_values<int64_t>(tensor, values);
  return tensor;
}

}  // namespace

std::vector<Tensor> bert_inputs(const Encoding& encoding, bool with_types) {
  std::vector<Tensor> out;
  out.reserve(3);
  out.push_back(row_of("input_ids", encoding.ids));
  out.push_back(row_of("attention_mask", std::vector<int64_t>(encoding.ids.size(), 1)));
  if (with_types) out.push_back(row_of("token_type_ids", encoding.type_ids));
  return out;
}

Result<bool> check_bert_model(const onnx::Session& session, size_t output_rank) {
  bool ids = false, mask = false, types = false;
  for (const TensorInfo& input : session.inputs()) {
    if (input.type != DataType::Int64 || input.shape.size() != 2) continue;
    ids |= input.name == "input_ids";
    mask |= input.name == "attention_mask";
    types |= input.name == "token_type_ids";
  }
  const TensorInfo& output = session.outputs().front();
  const size_t known = size_t{ids} + mask + types;
  if (!ids || !mask || known != session.inputs().size() || output.type != DataType::Fp32 ||
      output.shape.size() != output_rank || output.shape.back() < 1) {
    return fail(errors::not_a_bert_model(session.name(), output_rank));
  }
  return types;
}

Result<std::shared_ptr<const Tokenizer>> load_tokenizer(const std::string& folder) {
  tokenizer::UnicodeTable::get();  // made at its first use: here, not in somebody's call
  const std::string json = folder + "/tokenizer.json";
  if (access(json.c_str(), R_OK) == 0) return Tokenizer::load(json);
  return Tokenizer::load(folder + "/vocab.txt");
}

}  // namespace tandem::engines
