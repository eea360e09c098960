#include "gateway/gemini/stream_filter.h"

#include <algorithm>

#include "base/json/writer.h"
#include "gateway/gemini/dialect.h"
#include "gateway/gemini/fields.h"
#include "gateway/gemini/usage.h"
#include "net/sse/encoder.h"

namespace tandem::gateway::gemini {
namespace {

void append_event(std::string& out, std::string_view data) {
  net::append_sse_event(out, "", data);
}

}  // namespace

StreamFilter::StreamFilter(StreamOptions options, OutputGate* gate)
    : AnswerStream(std::move(options)), gate_(gate), model_json_(json::quoted(options_.endpoint)) {}

bool StreamFilter::complete() const {
  return !seen_.empty() && std::all_of(seen_.begin(), seen_.end(), [this](int64_t candidate) {
    return ends_.contains(candidate);
  });
}

Result<void> StreamFilter::event(std::string_view data, std::string& out) {
  if (done_) return {};
  buffer_.assign(data);
  TRY(const PassedAnswer answer, read_passed_answer(buffer_));
  if (answer.candidates.empty() && !answer.usage && !answer.has_feedback) {
    return malformed("An event is no piece of an answer.");
  }
  if (first_event_.empty()) first_event_ = buffer_;
  if (!last_.empty()) append_event(out, last_);
  last_.clear();
  if (provider_model_.empty()) provider_model_ = answer.model;
  if (answer.usage) usage_ = answer.usage;
  seen_.insert(answer.candidates.begin(), answer.candidates.end());
  json::Edits edits;
  for (const json::Token& token : answer.model_tokens) edits.replace(token, model_json_);
  TRY_VOID(pass_texts(answer, edits, out));
  for (const PassedCall& call : answer.calls) {
    keep({call.candidate, Channel::Field::Arguments, 0}, call.arguments);
  }
  for (const PassedEnd& end : answer.ends) ends_.insert_or_assign(end.candidate, end.reason);
  std::string passed = edits.empty() ? buffer_ : edits.apply(buffer_);
  if (complete())
    last_ = std::move(passed);
  else
    append_event(out, passed);
  return {};
}

Result<void> StreamFilter::pass_texts(const PassedAnswer& answer, json::Edits& edits,
                                      std::string& out) {
  const auto ends_here = [&](const Channel& channel) {
    return std::any_of(answer.ends.begin(), answer.ends.end(),
                       [&](const PassedEnd& end) { return end.candidate == channel.choice; });
  };
  // What is held of a candidate that ends without another piece of that text goes before.
  for (const Channel& channel : std::set<Channel>(held_)) {
    const bool goes_on =
        std::any_of(answer.texts.begin(), answer.texts.end(),
                    [&](const PassedText& piece) { return piece.channel == channel; });
    if (ends_here(channel) && !goes_on) TRY_VOID(flush(channel, out));
  }
  for (size_t i = 0; i < answer.texts.size(); ++i) {
    const PassedText& piece = answer.texts[i];
    const bool other = piece.channel.field == Channel::Field::Other;
    if (!gate_) {
      if (!other) keep(piece.channel, piece.text);
      continue;
    }
    std::string released = other ? gate_->whole(piece.text).value_or(piece.text)
                                 : gate_->feed(piece.channel, piece.text);
    const bool is_last =
        std::none_of(answer.texts.begin() + static_cast<ptrdiff_t>(i) + 1, answer.texts.end(),
                     [&](const PassedText& later) { return later.channel == piece.channel; });
    if (!other && is_last && ends_here(piece.channel)) {
      released += gate_->flush(piece.channel);
      held_.erase(piece.channel);
    } else if (!other && released != piece.text) {
      held_.insert(piece.channel);
    }
    if (gate_->blocked()) return fail(*gate_->blocked());
    if (released != piece.text) edits.replace(piece.token, json::quoted(released));
    if (!other) keep(piece.channel, released);
  }
  return {};
}

// Sends what the gate still holds of `channel` in an event of its own.
Result<void> StreamFilter::flush(const Channel& channel, std::string& out) {
  held_.erase(channel);
  const std::string rest = gate_->flush(channel);
  if (gate_->blocked()) return fail(*gate_->blocked());
  if (rest.empty()) return {};
  keep(channel, rest);
  std::string data;
  json::Writer json(data);
  json.object().key("candidates").array().object().key("content").object();
  json.key("parts").array().object().key("text").string(rest);
  if (channel.field == Channel::Field::Reasoning) json.key("thought").boolean(true);
  json.end_object().end_array().key("role").string("model").end_object();
  json.key("index").integer(channel.choice).end_object().end_array();
  json.key("modelVersion").raw(model_json_).end_object();
  append_event(out, data);
  return {};
}

Result<void> StreamFilter::end(std::string& out) {
  done_ = true;
  for (const Channel& channel : std::set<Channel>(held_)) TRY_VOID(flush(channel, out));
  return {};
}

std::optional<Continuation> StreamFilter::broken_off() {
  auto said = text_to_continue();
  if (!said || seen_.size() > 1) return std::nullopt;
  const auto part = said->empty() ? std::nullopt : std::optional<int64_t>(0);
  return continuation_of(dialect(), first_event_, answer_options(), part, *std::move(said));
}

void StreamFilter::finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
                          std::string& out) {
  if (!options_.client_wants_cost) cost.reset();
  // Its strings were texts too, so that offsets of before the edits do not count.
  const auto last = read_passed_answer(last_);
  json::Edits edits;
  if (last && last->usage_end && cost) {
    const size_t before = last_.find_last_not_of(" \t\r\n", *last->usage_end - 1);
    const std::string_view comma = last_[before] == '{' ? "" : ",";
    edits.insert(*last->usage_end,
                 std::string(comma) + "\"cost_nano_usd\":" + std::to_string(*cost));
  } else if (!usage_ && !last_.empty()) {
    // Clients read it.
    std::string counts;
    json::Writer json(counts);
    write_usage(json, usage, cost);
    edits.insert(last_.rfind('}'), ",\"usageMetadata\":" + counts);
  }
  if (!last_.empty()) append_event(out, edits.empty() ? last_ : edits.apply(last_));
}

}  // namespace tandem::gateway::gemini
