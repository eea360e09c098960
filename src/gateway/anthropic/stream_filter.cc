#include "gateway/anthropic/stream_filter.h"

#include "base/json/writer.h"
#include "gateway/anthropic/dialect.h"
#include "net/sse/encoder.h"

namespace tandem::gateway::anthropic {
namespace {

constexpr std::string_view kDelta = "content_block_delta";

void append_name(std::string& out, std::string_view type) {
  out += "event: ";
  out += type;
  out += '\n';
}

void append_event(std::string& out, std::string_view type, std::string_view data) {
  net::append_sse_event(out, type, data);
}

void append_delta(std::string& out, const Channel& channel, std::string_view text) {
  struct Row {
    Channel::Field field;
    std::string_view type, name;
  };
  constexpr Row kRows[] = {{Channel::Field::Content, "text_delta", "text"},
                           {Channel::Field::Reasoning, "thinking_delta", "thinking"},
                           {Channel::Field::Arguments, "input_json_delta", "partial_json"}};
  for (const Row& row : kRows) {
    if (row.field != channel.field) continue;
    std::string data;
    json::Writer json(data);
    json.object().key("type").string(kDelta).key("index").integer(channel.tool);
    json.key("delta").object().key("type").string(row.type).key(row.name).string(text);
    json.end_object().end_object();
    append_event(out, kDelta, data);
  }
}

}  // namespace

StreamFilter::StreamFilter(StreamOptions options, OutputGate* gate)
    : AnswerStream(std::move(options)), gate_(gate), model_json_(json::quoted(options_.endpoint)) {}

Result<void> StreamFilter::event(std::string_view data, std::string& out) {
  if (done_) return {};  // whatever follows message_stop is not part of the answer
  if (const auto text = shape_.match(data)) return pass_known_event(*text, out);
  buffer_.assign(data);
  TRY(const StreamEvent event, read_event(buffer_));
  if (event.error) {
    return fail(Code::UpstreamError,
                "The provider reported an error inside the stream: " + *event.error);
  }
  TRY_VOID(check_order(event));
  note_usage(event);
  if (event.type == "message_start") first_event_ = buffer_;
  json::Edits edits;
  for (const json::Token& token : event.model_tokens) edits.replace(token, model_json_);
  TRY_VOID(pass_texts(event, edits));
  if (event.type == "content_block_stop") TRY_VOID(flush(event.index, out));
  if (event.type == "message_stop") {
    stop_ = edits.apply(buffer_);
    return end(out);
  }
  if (event.type == "message_delta" && !event.stop_reason.empty()) {
    TRY_VOID(flush(std::nullopt, out));
    ends_.insert_or_assign(0, event.stop_reason);
    // Its strings were texts too, so that offsets of before the edits do not count.
    end_ = edits.apply(buffer_);
    TRY(const StreamEvent edited, read_event(end_));
    usage_end_ = edited.usage_end;
    return {};
  }
  append_event(out, event.type, edits.apply(buffer_));
  const bool one_piece = event.type == kDelta && event.texts.size() == 1 &&
                         event.texts[0].channel.field != Channel::Field::Other;
  if (one_piece && event.counts.empty()) {
    shape_.learn(buffer_, event.texts[0].token, {}, model_json_);
    shape_channel_ = event.texts[0].channel;
  }
  return {};
}

Result<void> StreamFilter::check_order(const StreamEvent& event) {
  const bool begins = event.type == "content_block_start";
  const bool ends = event.type == "content_block_stop";
  if (!begins && !ends && event.type != kDelta) return {};
  if (begins) ++blocks_;
  if (ends || begins) shape_ = {};  // a piece of a block that is not open is never known
  const int64_t index = event.index.value_or(-1);
  const bool fits = index >= 0 && (begins ? open_.insert(index).second
                                   : ends ? open_.erase(index) > 0
                                          : open_.contains(index));
  if (fits) return {};
  return fail(Code::UpstreamError,
              "The provider sent a " + event.type + " of a block that does not fit.");
}

void StreamFilter::note_usage(const StreamEvent& event) {
  if (provider_model_.empty()) provider_model_ = event.model;
  if (!event.has_usage) return;
  for (const auto& [path, value] : event.counts) counts_.set(path, value);
  // message_start says what the output begins with (1); a stream that breaks off is estimated.
  if (event.type == "message_delta") usage_ = counts_.usage();
}

Result<void> StreamFilter::pass_known_event(std::string_view text, std::string& out) {
  if (!gate_) {
    keep(shape_channel_, text);
    append_name(out, kDelta);
    std::string escaped;
    json::append_escaped(escaped, text);
    shape_.render(escaped, out);
    return {};
  }
  const std::string released = gate_->feed(shape_channel_, text);
  if (is_blocked()) return fail(*gate_->blocked());
  if (released != text) held_.insert(shape_channel_);
  keep(shape_channel_, released);
  append_name(out, kDelta);
  std::string escaped;
  json::append_escaped(escaped, released);
  shape_.render(escaped, out);
  return {};
}

Result<void> StreamFilter::pass_texts(const StreamEvent& event, json::Edits& edits) {
  for (const StreamText& piece : event.texts) {
    const bool other = piece.channel.field == Channel::Field::Other;
    if (!gate_) {
      if (!other) keep(piece.channel, piece.text);
      continue;
    }
    const std::string released = other ? gate_->whole(piece.text).value_or(piece.text)
                                       : gate_->feed(piece.channel, piece.text);
    if (is_blocked()) return fail(*gate_->blocked());
    if (released != piece.text) {
      if (!other) held_.insert(piece.channel);
      edits.replace(piece.token, json::quoted(released));
    }
    if (!other) keep(piece.channel, released);
  }
  return {};
}

// Sends what the gate still holds of a block, or of all.
Result<void> StreamFilter::flush(std::optional<int64_t> block, std::string& out) {
  for (auto at = held_.begin(); at != held_.end();) {
    if (block && at->tool != *block) {
      ++at;
      continue;
    }
    const std::string rest = gate_->flush(*at);
    if (is_blocked()) return fail(*gate_->blocked());
    if (!rest.empty()) {
      append_delta(out, *at, rest);
      keep(*at, rest);
    }
    at = held_.erase(at);
  }
  return {};
}

std::optional<Continuation> StreamFilter::broken_off() {
  auto said = text_to_continue();
  // A block that said nothing may be anything.
  if (!said || text_.size() != static_cast<size_t>(blocks_) || open_.size() > 1) {
    return std::nullopt;
  }
  if (open_.empty()) {
    if (blocks_ > 0) return std::nullopt;
    return continuation_of(dialect(), first_event_, answer_options(), {}, {});
  }
  const int64_t block = *open_.begin();
  const bool is_text = text_.contains(Channel{0, Channel::Field::Content, block});
  if (is_text) {
    return continuation_of(dialect(), first_event_, answer_options(), block, *std::move(said));
  }
  auto rest = continuation_of(dialect(), first_event_, answer_options(), {}, *std::move(said));
  rest.parts = block + 1;
  std::string data = R"({"type":"content_block_stop","index":)" + std::to_string(block) + "}";
  append_event(rest.pending, "content_block_stop", data);
  return rest;
}

Result<void> StreamFilter::end(std::string& out) {
  done_ = true;
  return flush(std::nullopt, out);
}

void StreamFilter::finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
                          std::string& out) {
  if (!options_.client_wants_cost) cost.reset();
  if (!end_.empty()) {
    json::Edits edits;
    if (usage_end_ && cost) {
      const size_t last = end_.find_last_not_of(" \t\r\n", *usage_end_ - 1);
      const std::string_view comma = end_[last] == '{' ? "" : ",";
      edits.insert(*usage_end_, std::string(comma) + "\"cost_nano_usd\":" + std::to_string(*cost));
    } else if (!usage_end_) {
      // Clients read it.
      std::string counts;
      json::Writer json(counts);
      write_usage(json, usage, "", Fill::All, cost);
      edits.insert(end_.rfind('}'), ",\"usage\":" + counts);
    }
    append_event(out, "message_delta", edits.apply(end_));
  }
  append_event(out, "message_stop", stop_.empty() ? R"({"type":"message_stop"})" : stop_);
}

}  // namespace tandem::gateway::anthropic
