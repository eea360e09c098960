#include "gateway/gemini/stream_writer.h"

#include "gateway/gemini/answer_writer.h"
#include "gateway/gemini/finish.h"
#include "gateway/gemini/part_writer.h"
#include "gateway/gemini/usage.h"

namespace tandem::gateway::gemini {
namespace {

using messages::Event;
using messages::Part;
using Kind = messages::Part::Kind;

bool is_text(Kind kind) {
  return kind == Kind::Text || kind == Kind::Refusal || kind == Kind::Thinking;
}

}  // namespace

void GeminiStreamWriter::start(const Event& event) {
  started_ = true;
  const std::string& model = options_.model.empty() ? event.model : options_.model;
  std::string fields = "{";
  json::Writer json(fields);
  if (!model.empty()) json.key("modelVersion").string(model);
  if (!event.id.empty()) json.key("responseId").string(event.id);
  if (event.dialect == kName) write_extras(json, event.extras);
  tail_ = fields.size() > 1 ? "," + fields.substr(1) : "";
  tail_ += "}\n\n";
}

void GeminiStreamWriter::write_part(int64_t choice, const Part& part, bool own,
                                    std::string& out) const {
  out += R"(data: {"candidates":[{"content":{"parts":[)";
  std::vector<std::string> names;
  Dropped dropped(names);
  json::Writer json(out);
  (void)PartWriter(json, {.own = true}, dropped).write(own ? part : sayable(part), "");
  out += R"(],"role":"model"},"index":)";
  out += std::to_string(choice);
  out += "}]";
  out += tail_;
}

void GeminiStreamWriter::write(const Event& event, std::string& out) {
  if (!started_) start(event);
  switch (event.kind) {
    case Event::Kind::PartBegin:
      begin_part(event, out);
      break;
    case Event::Kind::Delta:
    case Event::Kind::Signature:
      delta(event, out);
      break;
    case Event::Kind::PartEnd:
      end_part(event, out);
      break;
    case Event::Kind::ChoiceEnd:
      ends_[event.choice] = event;
      break;
    case Event::Kind::Start:
    case Event::Kind::Usage:
    case Event::Kind::Done:
      break;
  }
}

void GeminiStreamWriter::begin_part(const Event& event, std::string& out) {
  const bool own = event.dialect == kName;
  const Kind kind = event.begun.kind;
  if (is_text(kind) || kind == Kind::ToolUse) {
    open_[{event.choice, event.part}] = {event.begun, own, false};
  } else if (own || is_said(event.begun)) {
    write_part(event.choice, event.begun, own, out);
  }
}

void GeminiStreamWriter::delta(const Event& event, std::string& out) {
  const auto found = open_.find({event.choice, event.part});
  if (found == open_.end()) return;
  Open& open = found->second;
  const bool signature = event.kind == Event::Kind::Signature;
  if (open.part.kind == Kind::ToolUse) {
    if (!signature) open.part.arguments += event.text;
    return;
  }
  if (event.text.empty() || (signature && open.part.kind != Kind::Thinking)) return;
  Part piece = open.part;
  (signature ? piece.signature : piece.text) = event.text;
  open.any = true;
  write_part(event.choice, piece, open.own, out);
}

void GeminiStreamWriter::end_part(const Event& event, std::string& out) {
  const auto found = open_.find({event.choice, event.part});
  if (found == open_.end()) return;
  const Open open = std::move(found->second);
  open_.erase(found);
  const bool call = open.part.kind == Kind::ToolUse;
  // A part of this dialect may be nothing but its extras.
  const bool bare = open.own && !open.any && !open.part.extras.empty();
  if (call || bare) write_part(event.choice, open.part, open.own, out);
}

void GeminiStreamWriter::finish(const cost::Usage& usage, const messages::AnswerOptions& options,
                                std::string& out) {
  if (!started_) start(Event());
  out += "data: {";
  json::Writer json(out);
  const messages::Extra* blocked = nullptr;
  if (ends_.size() == 1 && ends_.begin()->second.dialect == kName) {
    blocked = find_note(true, ends_.begin()->second.extras, "promptFeedback");
  }
  if (blocked) {
    json.key("promptFeedback").raw(blocked->json);
  } else {
    json.key("candidates").array();
    for (const auto& [choice, end] : ends_) {
      const bool own = end.dialect == kName;
      json.object().key("content").object().key("parts").array();
      json.object().key("text").string("").end_object().end_array();
      json.key("role").string("model").end_object();
      const messages::Extra* reason = find_note(own, end.extras, "finishReason");
      json.key("finishReason");
      if (reason)
        json.raw(reason->json);
      else
        json.string(finish_reason_of(end.finish));
      json.key("index").integer(choice);
      if (own) write_extras(json, end.extras);
      json.end_object();
    }
    json.end_array();
  }
  json.key("usageMetadata");
  write_usage(json, usage, options.cost_nano_usd);
  out += tail_;
}

}  // namespace tandem::gateway::gemini
