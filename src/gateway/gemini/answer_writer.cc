#include "gateway/gemini/answer_writer.h"

#include "gateway/gemini/finish.h"
#include "gateway/gemini/part_writer.h"
#include "gateway/gemini/usage.h"

namespace tandem::gateway::gemini {
namespace {

using messages::Answer;
using messages::Choice;
using messages::Extra;
using messages::Part;

class Writer {
 public:
  Writer(const Answer& answer, const messages::AnswerOptions& options)
      : answer_(answer),
        options_(options),
        own_(answer.dialect == kName),
        dropped_(names_),
        json_(out_),
        parts_(json_, {.own = true}, dropped_) {}

  std::string run() {
    json_.object();
    if (!find_note(own_, answer_.extras, "candidates")) {
      json_.key("candidates").array();
      for (size_t i = 0; i < answer_.choices.size(); ++i) write_candidate(answer_.choices[i], i);
      json_.end_array();
    }
    write_counts();
    const std::string& model = options_.model.empty() ? answer_.model : options_.model;
    if (!model.empty()) json_.key("modelVersion").string(model);
    if (!answer_.id.empty()) json_.key("responseId").string(answer_.id);
    if (own_) write_extras(json_, answer_.extras);
    json_.end_object();
    return std::move(out_);
  }

 private:
  void write_content(const Choice& choice) {
    if (find_note(own_, choice.extras, "content")) return;
    json_.key("content").object();
    if (!find_note(own_, choice.extras, "parts")) {
      json_.key("parts").array();
      for (const Part& part : choice.parts) {
        if (own_ || is_said(part)) (void)parts_.write(own_ ? part : sayable(part), "");
      }
      json_.end_array();
    }
    if (!find_note(own_, choice.extras, "role")) json_.key("role").string("model");
    if (own_) write_extras(json_, choice.extras, "content.");
    json_.end_object();
  }

  void write_candidate(const Choice& choice, size_t index) {
    json_.object();
    write_content(choice);
    const Extra* reason = find_note(own_, choice.extras, "finishReason");
    if (!reason)
      json_.key("finishReason").string(finish_reason_of(choice.finish));
    else if (!reason->json.empty())
      json_.key("finishReason").raw(reason->json);
    if (!find_note(own_, choice.extras, "index")) {
      json_.key("index").integer(static_cast<int64_t>(index));
    }
    if (own_) write_extras(json_, choice.extras);
    json_.end_object();
  }

  void write_counts() {
    if (!answer_.usage) return;
    json_.key("usageMetadata");
    const Extra* given = find_note(own_, answer_.extras, "usageMetadata");
    if (given && !options_.cost_nano_usd)
      json_.raw(given->json);
    else
      write_usage(json_, *answer_.usage, options_.cost_nano_usd);
  }

  const Answer& answer_;
  const messages::AnswerOptions& options_;
  const bool own_;
  std::vector<std::string> names_;
  Dropped dropped_;
  std::string out_;
  json::Writer json_;
  PartWriter parts_;
};

}  // namespace

bool is_said(const Part& part) {
  switch (part.kind) {
    case Part::Kind::Text:
    case Part::Kind::Refusal:
      return !part.text.empty();
    case Part::Kind::Thinking:
    case Part::Kind::ToolUse:
      return true;
    case Part::Kind::Image:
    case Part::Kind::Audio:
    case Part::Kind::File:
      return !part.media.data.empty() || !part.media.url.empty();
    default:
      return false;
  }
}

Part sayable(Part part) {
  part.extras.clear();
  if (part.kind != Part::Kind::ToolUse || object_of(part.arguments)) return part;
  std::string object;
  json::Writer(object).object().key("arguments").string(part.arguments).end_object();
  part.arguments = std::move(object);
  return part;
}

std::string compose_answer(const Answer& answer, const messages::AnswerOptions& options) {
  return Writer(answer, options).run();
}

}  // namespace tandem::gateway::gemini
