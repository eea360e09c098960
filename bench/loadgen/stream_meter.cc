#include "loadgen/stream_meter.h"

namespace tandem::bench {

namespace {

// True where `key` is followed by a string that is not empty.
bool has_text(std::string_view data, std::string_view key) {
  size_t at = data.find(key);
  while (at != std::string_view::npos) {
    at += key.size();
    while (at < data.size() && data[at] == ' ') {
      ++at;
    }
    if (at + 1 < data.size() && data[at] == '"' && data[at + 1] != '"') {
      return true;
    }
    at = data.find(key, at);
  }
  return false;
}

// OpenAI's deltas carry "content", Anthropic's "text".
bool carries_text(std::string_view data) {
  return has_text(data, "\"content\":") || has_text(data, "\"text\":");
}

// Anthropic's last event; OpenAI's is [DONE].
bool is_message_stop(std::string_view data) {
  return data.starts_with("{\"type\":\"message_stop\"");
}

}  // namespace

void StreamStats::merge(const StreamStats& other) {
  first_event.merge(other.first_event);
  first_text.merge(other.first_text);
  gaps.merge(other.gaps);
  completed += other.completed;
  broken += other.broken;
  events += other.events;
  stalls += other.stalls;
  streams_with_stalls += other.streams_with_stalls;
}

void StreamMeter::begin(uint64_t sent_ns) {
  sent_ns_ = sent_ns;
  last_event_ns_ = 0;
  stalls_ = 0;
  text_seen_ = done_ = error_ = false;
  partial_.clear();
}

void StreamMeter::feed(std::string_view bytes, uint64_t now_ns, StreamStats& stats) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      partial_.append(bytes);
      return;
    }
    if (partial_.empty()) {
      take_line(bytes.substr(0, end), now_ns, stats);
    } else {
      partial_.append(bytes.substr(0, end));
      take_line(partial_, now_ns, stats);
      partial_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
}

// Every event of the streams that are measured is one data line, so that the line stands for the
// event.
void StreamMeter::take_line(std::string_view line, uint64_t now_ns, StreamStats& stats) {
  if (!line.starts_with("data:")) {
    return;
  }
  line.remove_prefix(5);
  if (line.starts_with(' ')) {
    line.remove_prefix(1);
  }
  if (line.starts_with("[DONE]")) {
    done_ = true;
    return;
  }
  take_event(line, now_ns, stats);
}

void StreamMeter::take_event(std::string_view data, uint64_t now_ns, StreamStats& stats) {
  ++stats.events;
  error_ = error_ || data.starts_with("{\"error\"") || data.starts_with("{\"type\":\"error\"");
  done_ = done_ || is_message_stop(data);
  if (last_event_ns_ == 0) {
    stats.first_event.record(now_ns - sent_ns_);
  } else {
    const uint64_t gap = now_ns - last_event_ns_;
    stats.gaps.record(gap);
    stalls_ += gap > stall_ns_ ? 1 : 0;
  }
  last_event_ns_ = now_ns;
  if (!text_seen_ && carries_text(data)) {
    text_seen_ = true;
    stats.first_text.record(now_ns - sent_ns_);
  }
}

bool StreamMeter::end(StreamStats& stats) {
  const bool whole = done_ && !error_;
  stats.completed += whole ? 1 : 0;
  stats.broken += whole ? 0 : 1;
  stats.stalls += stalls_;
  stats.streams_with_stalls += stalls_ > 0 ? 1 : 0;
  return whole;
}

}  // namespace tandem::bench
