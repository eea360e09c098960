#include "gateway/openai/stream_filter.h"

#include "base/json/walk.h"
#include "base/json/writer.h"
#include "gateway/openai/dialect.h"
#include "net/sse/encoder.h"

namespace tandem::gateway::openai {
namespace {

void append_event(std::string& out, std::string_view data) {
  net::append_sse_event(out, "", data);
}

// Picks "id" and "created" out of an event, as raw JSON.
struct Identity final : json::Visitor {
  explicit Identity(const std::string& text) : document(text) {}
  bool wants(json::Path path) override {
    return path.empty() || path[0].key == "id" || path[0].key == "created" ||
           path[0].key == "object";
  }
  Result<void> scalar(json::Path path, json::Kind, json::Token token, std::string_view) override {
    if (path.size() != 1) return {};
    if (path[0].key == "id") id = token.in(document);
    if (path[0].key == "created") created = token.in(document);
    if (path[0].key == "object") object = token.in(document);
    return {};
  }
  const std::string& document;
  std::string_view id = "null", created = "0", object = "\"chat.completion.chunk\"";
};

std::string usage_json(const cost::Usage& usage) {
  std::string out;
  json::Writer json(out);
  json.object().key("prompt_tokens").integer(usage.input_tokens);
  json.key("completion_tokens").integer(usage.output_tokens);
  json.key("total_tokens").integer(usage.input_tokens + usage.output_tokens);
  json.key("prompt_tokens_details").object();
  json.key("cached_tokens").integer(usage.cached_input_tokens).end_object();
  json.key("completion_tokens_details").object();
  json.key("reasoning_tokens").integer(usage.reasoning_tokens).end_object().end_object();
  return out;
}

}  // namespace

StreamFilter::StreamFilter(StreamOptions options, OutputGate* gate)
    : AnswerStream(std::move(options)), gate_(gate), model_json_(json::quoted(options_.endpoint)) {}

bool StreamFilter::complete() const {
  if (seen_choices_.empty()) return false;
  for (int64_t choice : seen_choices_) {
    if (!ends_.contains(choice)) return false;
  }
  return true;
}

std::string StreamFilter::with_model_renamed(std::string_view data,
                                             const std::vector<json::Token>& models) {
  json::Edits edits;
  for (const json::Token& token : models) edits.replace(token, model_json_);
  return edits.apply(data);
}

Result<void> StreamFilter::event(std::string_view data, std::string& out) {
  if (done_) return {};  // whatever follows [DONE] is not part of the answer
  if (data == "[DONE]") {
    for (int64_t choice : seen_choices_) flush_choice(choice, out);
    done_ = true;
    if (gate_ && gate_->blocked()) return fail(*gate_->blocked());
    return {};
  }
  if (const auto text = shape_.match(data)) return pass_known_event(data, *text, out);
  buffer_.assign(data);
  TRY(Answer answer, read_answer(buffer_));
  if (answer.error) {
    error_ = *std::move(answer.error);
    return fail(Code::UpstreamError,
                "The provider reported an error inside the stream: " + error_->message);
  }
  if (!answer.has_choices && !answer.usage) {
    return fail(Code::UpstreamError, "The provider sent an event that is no completion chunk.");
  }
  if (provider_model_.empty()) provider_model_ = answer.model;
  if (answer.usage) usage_ = *answer.usage;
  if (answer.usage && answer.choices == 0) {
    usage_event_ = buffer_;
    usage_end_ = answer.usage_end;
    return {};  // sent by finish(), with the cost
  }
  if (first_event_.empty()) first_event_ = buffer_;
  json::Edits edits;
  for (const json::Token& token : answer.model_tokens) edits.replace(token, model_json_);
  for (const AnswerText& text : answer.texts) seen_choices_.insert(text.channel.choice);
  for (const ChoiceEnd& end : answer.ends) seen_choices_.insert(end.choice);
  TRY_VOID(pass_texts(answer, buffer_, edits, out));
  append_event(out, edits.empty() ? std::string_view(buffer_) : edits.apply(buffer_));
  const bool plain = answer.texts.size() == 1 && answer.ends.empty() && !answer.usage;
  if (plain && answer.texts[0].channel.field != Channel::Field::Other) {
    shape_.learn(buffer_, answer.texts[0].token, answer.model_tokens, model_json_);
    shape_channel_ = answer.texts[0].channel;
  }
  return {};
}

// The same as pass_texts() for an event that was not parsed.
Result<void> StreamFilter::pass_known_event(std::string_view data, std::string_view text,
                                            std::string& out) {
  if (!gate_) {
    keep(shape_channel_, text);
    shape_.render(text, out);
    return {};
  }
  const std::string released = gate_->feed(shape_channel_, text);
  if (gate_->blocked()) return fail(*gate_->blocked());
  keep(shape_channel_, released);
  if (released == text) {
    shape_.render(text, out);
    return {};
  }
  held_.insert_or_assign(shape_channel_, Template{std::string(data), shape_.token_of(text), {}});
  std::string escaped;
  json::append_escaped(escaped, released);
  shape_.render(escaped, out);
  return {};
}

Result<void> StreamFilter::pass_texts(Answer& answer, std::string_view data, json::Edits& edits,
                                      std::string& out) {
  const auto ends_here = [&](int64_t choice) {
    for (const ChoiceEnd& end : answer.ends) {
      if (end.choice == choice) return true;
    }
    return false;
  };
  for (const AnswerText& piece : answer.texts) {
    const bool other = piece.channel.field == Channel::Field::Other;
    if (!gate_) {
      if (!other) keep(piece.channel, piece.text);
      continue;
    }
    std::string released = other ? gate_->whole(piece.text).value_or(piece.text)
                                 : gate_->feed(piece.channel, piece.text);
    if (gate_->blocked()) return fail(*gate_->blocked());
    if (!other && ends_here(piece.channel.choice)) {
      released += gate_->flush(piece.channel);
      held_.erase(piece.channel);
    } else if (!other && released != piece.text) {
      Template kept{std::string(data), piece.token, {}};
      for (const AnswerText& text : answer.texts) {
        if (text.token.begin != piece.token.begin) kept.other_texts.push_back(text.token);
      }
      held_.insert_or_assign(piece.channel, std::move(kept));
    }
    if (released != piece.text) edits.replace(piece.token, json::quoted(released));
    if (!other) keep(piece.channel, released);
  }
  for (const ChoiceEnd& end : answer.ends) {
    flush_choice(end.choice, out);
    if (gate_ && gate_->blocked()) return fail(*gate_->blocked());
    ends_.insert_or_assign(end.choice, end.reason);
  }
  return {};
}

// Sends what the gate still holds of `choice` in events of their own.
void StreamFilter::flush_choice(int64_t choice, std::string& out) {
  for (auto at = held_.begin(); at != held_.end();) {
    if (at->first.choice != choice) {
      ++at;
      continue;
    }
    const std::string rest = gate_->flush(at->first);
    if (gate_->blocked()) return;
    if (!rest.empty()) {
      Template& kept = at->second;
      json::Edits edits;
      edits.replace(kept.token, json::quoted(rest));
      for (const json::Token& token : kept.other_texts) edits.replace(token, "\"\"");
      std::string data = edits.apply(kept.data);
      if (auto answer = read_answer(data)) data = with_model_renamed(data, answer->model_tokens);
      append_event(out, data);
      keep(at->first, rest);
    }
    at = held_.erase(at);
  }
}

std::optional<Continuation> StreamFilter::broken_off() {
  auto said = text_to_continue();
  if (!said || seen_choices_.size() > 1) return std::nullopt;
  const auto part = said->empty() ? std::nullopt : std::optional<int64_t>(0);
  return continuation_of(dialect(), first_event_, answer_options(), part, *std::move(said));
}

void StreamFilter::finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
                          std::string& out) {
  if (options_.client_wants_usage) {
    const std::string cost_field =
        cost && options_.client_wants_cost ? ",\"cost_nano_usd\":" + std::to_string(*cost) : "";
    if (!usage_event_.empty() && usage_end_) {
      json::Edits edits;
      edits.insert(*usage_end_, cost_field);
      std::string data = edits.apply(usage_event_);
      if (auto answer = read_answer(data)) data = with_model_renamed(data, answer->model_tokens);
      append_event(out, data);
    } else {
      Identity identity(first_event_);
      if (!first_event_.empty()) (void)json::walk(first_event_, identity);
      std::string counts = usage_json(usage);
      counts.insert(counts.size() - 1, cost_field);
      std::string data = "{\"id\":" + std::string(identity.id) +
                         ",\"object\":" + std::string(identity.object) +
                         ",\"created\":" + std::string(identity.created) +
                         ",\"model\":" + model_json_ + ",\"choices\":[],\"usage\":" + counts + "}";
      append_event(out, data);
    }
  }
  append_event(out, "[DONE]");
}

}  // namespace tandem::gateway::openai
