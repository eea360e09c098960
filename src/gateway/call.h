// Call: one governed request, as every later step sees it, whatever protocol it came by and
// whatever kind of model it asks for. A surface (openai/, oip/) reads a request into it; the path
// (path.h) carries it through admission, guard, routing, engine and settlement. Fields that
// nobody acts on stay bytes in `body`. Belongs to the io thread of its connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/splice.h"
#include "cost/call.h"
#include "engines/oip/types.h"
#include "gateway/queue/priority.h"

namespace tandem::gateway {

enum class CallKind : uint8_t {
  Chat,
  Completion,
  Embedding,
  Predict,
  Rerank,
  Moderation,
  Image,
  Speech,         // a text is spoken
  Transcription,  // what is said is written down, translated or not
};
std::string_view call_kind_name(CallKind kind);  // "chat"

// A text that people or programs put into the call: what guards read.
struct TextSegment {
  std::string text;             // unescaped
  std::string role;             // system, user, assistant, tool; empty: not a message
  json::Token token;            // its JSON string in the body
  bool raw = false;             // the token is the text itself: a field of a form
  std::optional<size_t> input;  // which of `inputs`
  size_t tensor = 0;            // predict: which tensor and which of its strings
  size_t element = 0;
};

struct Call {
  CallKind kind = CallKind::Chat;
  std::string endpoint;                   // what the client named as model
  std::string body;                       // as it came; not of predictions
  std::string content_type;               // of `body`; empty: JSON
  std::string_view operation;             // what has no dialect: its path, "/images/edits"
  std::vector<json::Token> model_tokens;  // every place of "model" at the root
  std::vector<TextSegment> texts;
  json::Edits redactions;  // what the guard changed in `body`
  size_t root_end = 0;     // offset of the closing brace of `body`

  bool stream = false;
  bool stream_as_list = false;               // its events are the elements of one JSON list
  bool wants_usage = false;                  // the client asked for the usage chunk
  bool wants_cost = false;                   // … and for the cost in it
  std::optional<size_t> stream_options_at;   // offset of its opening brace
  std::optional<json::Token> include_usage;  // its value, where given
  std::optional<int64_t> max_output_tokens;
  int64_t choices = 1;

  // Embedding: the texts. Rerank: the query, then the documents. Speech, image: the prompt.
  std::vector<std::string> inputs;
  bool is_batch = false;        // embedding: of Gemini's batchEmbedContents
  bool base64_vectors = false;  // embedding: encoding_format
  std::optional<int64_t> dimensions;

  std::optional<int64_t> top_n;  // rerank
  bool return_documents = false;
  int64_t milliseconds = 0;  // transcription: that the sound lasts at most

  engines::oip::InferRequest infer;  // predict

  std::string same_dialect_headers;  // that go on to a target which speaks as the client does
  std::string session_id;            // x-session-id, user
  // Where calls wait; nullopt: the x-tandem-priority header decides. A surface whose calls have
  // time (batches) sets Low.
  std::optional<Priority> priority;
  std::string answer_id;    // the answer's, where its surface makes its own
  std::string answer_echo;  // what it repeats of the request: messages::AnswerOptions
  cost::Tier tier = cost::Tier::Standard;  // Batch: billed at the provider's batch price
  uint64_t bytes_in = 0;
};

}  // namespace tandem::gateway
