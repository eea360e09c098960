#include "gateway/anthropic/stream_writer.h"

#include "gateway/anthropic/fields.h"
#include "gateway/anthropic/finish.h"
#include "gateway/anthropic/part_writer.h"
#include "gateway/anthropic/usage.h"

namespace tandem::gateway::anthropic {
namespace {

using messages::Event;
using messages::Part;

// One server-sent event: the type is its name, and a field of the object that `body` is written
// into.
template <class Body>
void send(std::string_view type, std::string& out, const Body& body) {
  out += "event: ";
  out += type;
  out += "\ndata: ";
  json::Writer json(out);
  json.object().key("type").string(type);
  body(json);
  json.end_object();
  out += "\n\n";
}

void write_block(json::Writer& json, const Event& event) {
  const Part& part = event.begun;
  const bool own = event.dialect == kName;
  json.object();
  switch (part.kind) {
    case Part::Kind::Thinking:
      json.key("type").string("thinking").key("thinking").string("");
      json.key("signature").string("");
      break;
    case Part::Kind::RedactedThinking:
      json.key("type").string("redacted_thinking").key("data").string(part.text);
      break;
    case Part::Kind::ToolUse:
      json.key("type").string("tool_use").key("id").string(tool_id(part.id));
      json.key("name").string(part.name).key("input").object().end_object();
      break;
    case Part::Kind::Other:
      break;
    default:
      json.key("type").string("text").key("text").string("");
  }
  if (own) write_extras(json, part.extras);
  json.end_object();
}

// What only this dialect says, of another one; no client here could read it.
bool is_foreign(const Event& event) {
  const Part::Kind kind = event.begun.kind;
  return event.dialect != kName &&
         (kind == Part::Kind::Other || kind == Part::Kind::RedactedThinking ||
          kind == Part::Kind::Image || kind == Part::Kind::File || kind == Part::Kind::Audio ||
          kind == Part::Kind::ToolResult);
}

}  // namespace

void AnthropicStreamWriter::write(const Event& event, std::string& out) {
  if (event.choice != 0) return;  // no request of this dialect asks for more than one
  if (event.kind != Event::Kind::Start && !started_) start(Event(), out);
  switch (event.kind) {
    case Event::Kind::Start:
      if (!started_) start(event, out);
      break;
    case Event::Kind::PartBegin:
      begin_block(event, out);
      break;
    case Event::Kind::Delta:
      delta(event, out);
      break;
    case Event::Kind::Signature:
      signature(event, out);
      break;
    case Event::Kind::PartEnd:
      end_block(event.part, out);
      break;
    case Event::Kind::ChoiceEnd:
      ended_ = event;
      break;
    case Event::Kind::Usage:
    case Event::Kind::Done:
      break;  // finish() says it
  }
}

void AnthropicStreamWriter::start(const Event& event, std::string& out) {
  started_ = true;
  const bool own = event.dialect == kName;
  send("message_start", out, [&](json::Writer& json) {
    json.key("message").object().key("id").string(event.id).key("type").string("message");
    json.key("role").string("assistant");
    json.key("model").string(options_.model.empty() ? event.model : options_.model);
    json.key("content").array().end_array();
    if (own)
      write_extras(json, event.extras);
    else
      json.key("stop_reason").null().key("stop_sequence").null();
    const messages::Extra* usage = own ? messages::find_extra(event.extras, "usage") : nullptr;
    json.key("usage");
    write_usage(json, event.usage.value_or(cost::Usage()),
                usage ? std::string_view(usage->json) : "", Fill::All, std::nullopt);
    json.end_object();
  });
}

void AnthropicStreamWriter::begin_block(const Event& event, std::string& out) {
  if (is_foreign(event)) return;
  open_[event.part] = event.begun.kind;
  send("content_block_start", out, [&](json::Writer& json) {
    json.key("index").integer(event.part).key("content_block");
    write_block(json, event);
  });
}

void AnthropicStreamWriter::delta(const Event& event, std::string& out) {
  const auto block = open_.find(event.part);
  const bool other = event.text.empty() && !event.extras.empty();
  if (block == open_.end() || (other && event.dialect != kName)) return;
  send("content_block_delta", out, [&](json::Writer& json) {
    json.key("index").integer(event.part).key("delta").object();
    if (other) {
      write_extras(json, event.extras);
    } else if (block->second == Part::Kind::Thinking) {
      json.key("type").string("thinking_delta").key("thinking").string(event.text);
    } else if (block->second == Part::Kind::ToolUse || block->second == Part::Kind::Other) {
      json.key("type").string("input_json_delta").key("partial_json").string(event.text);
    } else {
      json.key("type").string("text_delta").key("text").string(event.text);
    }
    json.end_object();
  });
}

void AnthropicStreamWriter::signature(const Event& event, std::string& out) {
  if (!open_.contains(event.part)) return;
  send("content_block_delta", out, [&](json::Writer& json) {
    json.key("index").integer(event.part).key("delta").object();
    json.key("type").string("signature_delta").key("signature").string(event.text);
    json.end_object();
  });
}

void AnthropicStreamWriter::end_block(int64_t part, std::string& out) {
  if (open_.erase(part) == 0) return;
  send("content_block_stop", out, [&](json::Writer& json) { json.key("index").integer(part); });
}

void AnthropicStreamWriter::finish(const cost::Usage& usage, const messages::AnswerOptions& options,
                                   std::string& out) {
  if (!started_) start(Event(), out);
  while (!open_.empty()) end_block(open_.begin()->first, out);
  const bool own = ended_.dialect == kName;
  const auto note = [&](std::string_view name) {
    return own ? messages::find_extra(ended_.extras, name) : nullptr;
  };
  send("message_delta", out, [&](json::Writer& json) {
    json.key("delta").object().key("stop_reason");
    if (const messages::Extra* reason = note("stop_reason"))
      json.raw(reason->json);
    else
      json.string(stop_reason_of(ended_.finish));
    json.key("stop_sequence").string_or_null(ended_.stop_sequence);
    if (own) write_extras(json, ended_.extras);
    json.end_object().key("usage");
    const messages::Extra* said = note("usage");
    write_usage(json, usage, said ? std::string_view(said->json) : "",
                said ? Fill::Known : Fill::All, options.cost_nano_usd);
    if (const messages::Extra* rest = note("message_delta")) {
      // An object without its brackets, into this one.
      const std::string_view fields = std::string_view(rest->json).substr(1);
      json.raw(fields.substr(0, fields.size() - 1));
    }
  });
  send("message_stop", out, [](json::Writer&) {});
}

}  // namespace tandem::gateway::anthropic
