#include "gateway/openai/operation.h"

#include <algorithm>
#include <cstdlib>

#include "base/json/writer.h"
#include "gateway/openai/form_reader.h"
#include "gateway/openai/operation_reader.h"
#include "gateway/openai/rerank_answer.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::openai {
namespace {

// gpt-image-1 at 1024 by 1536 in high quality, its largest (OpenAI, "Image generation", cost).
constexpr int64_t kTokensOfImage = 6'240;
// Speech takes 15 characters a second and, at OpenAI's rates for gpt-4o-mini-tts (12 US dollars a
// million tokens, 0.015 a minute), 21 tokens a second.
constexpr int64_t kTokensOfTenCharacters = 14;
constexpr int64_t kWordTokensPerMinute = 250;

// Of UTF-8: bytes that begin one.
int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

constexpr Operation kOperations[] = {
    {CallKind::Rerank, "/rerank", false, "Order documents by how well they answer a query"},
    {CallKind::Moderation, "/moderations", false, "Say whether a text or an image is harmful"},
    {CallKind::Image, "/images/generations", false, "Make images from a text"},
    {CallKind::Image, "/images/edits", true, "Make images from images and a text"},
    {CallKind::Image, "/images/variations", true, "Make variations of an image"},
    {CallKind::Speech, "/audio/speech", false, "Speak a text"},
    {CallKind::Transcription, "/audio/transcriptions", true, "Write down what is said"},
    {CallKind::Transcription, "/audio/translations", true,
     "Write down in English what is said in another language"},
};

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

const Operation& operation_of(std::string_view path) {
  for (const Operation& operation : kOperations) {
    if (operation.path == path) return operation;
  }
  std::abort();
}

Result<Call> read_operation(const Operation& operation, std::string_view content_type,
                            std::string body) {
  Call call;
  call.kind = operation.kind;
  call.operation = operation.path;
  call.bytes_in = body.size();
  call.body = std::move(body);
  if (operation.form) {
    call.content_type = content_type;
    TRY_VOID(read_form(call));
  } else {
    TRY_VOID(read_json(call));
  }
  // OpenAI's clients leave it out.
  if (call.endpoint.empty() && call.kind == CallKind::Moderation) call.endpoint = "moderation";
  if (call.endpoint.empty()) {
    return missing_model();
  }
  return call;
}

void add_expected(const Call& call, cost::Usage& estimate) {
  switch (call.kind) {
    case CallKind::Rerank:
      estimate.rows = billed_units(call);
      return;
    case CallKind::Image:
      estimate.images = call.choices;
      estimate.output_tokens = kTokensOfImage * call.choices;
      return;
    case CallKind::Speech:
      // Priced by the thousand rows: characters.
      if (!call.inputs.empty()) estimate.rows = characters(call.inputs[0]);
      estimate.output_tokens = estimate.audio_output_tokens =
          estimate.rows * kTokensOfTenCharacters / 10;
      return;
    case CallKind::Transcription:
      estimate.milliseconds = call.milliseconds;
      estimate.output_tokens = call.milliseconds * kWordTokensPerMinute / 60'000;
      return;
    default:
      return;
  }
}

std::string write_operation(const Call& call, std::string_view model) {
  json::Edits edits = call.redactions;
  std::string name(model);
  if (call.content_type.empty()) {
    name.clear();
    json::append_string(name, model);
  }
  for (const json::Token& token : call.model_tokens) edits.replace(token, name);
  if (call.model_tokens.empty()) edits.insert(call.root_end, ",\"model\":" + name);
  return edits.apply(call.body);
}

}  // namespace tandem::gateway::openai
