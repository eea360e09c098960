#include "wire/message_parser.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace tandem::bench {

namespace {

constexpr size_t kMaxHeadBytes = 256 * 1024;

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool contains_ignoring_case(std::string_view text, std::string_view word) {
  for (size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (equals_ignoring_case(text.substr(at, word.size()), word)) {
      return true;
    }
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

bool parse_number(std::string_view text, int base, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end != text.data();
}

}  // namespace

void MessageParser::reset() {
  state_ = State::Head;
  started_ = chunked_ = has_length_ = event_stream_ = false;
  keep_alive_ = true;
  status_ = 0;
  remaining_ = 0;
  partial_.clear();
}

size_t MessageParser::feed(std::string_view bytes, BodySink& sink) {
  size_t used = 0;
  started_ = started_ || !bytes.empty();
  while (used < bytes.size() && !complete() && !failed()) {
    const std::string_view rest = bytes.substr(used);
    switch (state_) {
      case State::Head: used += feed_head(rest); break;
      case State::FixedBody: used += feed_sized(rest, sink, State::Complete); break;
      case State::ChunkData: used += feed_sized(rest, sink, State::ChunkEnd); break;
      case State::ChunkSize:
      case State::ChunkEnd:
      case State::Trailer: used += feed_line(rest); break;
      case State::UntilClose:
        sink.on_body(rest);
        used = bytes.size();
        break;
      case State::Complete:
      case State::Failed: break;
    }
  }
  return used;
}

bool MessageParser::finish_at_close() {
  if (state_ == State::UntilClose) {
    state_ = State::Complete;
  }
  return complete();
}

size_t MessageParser::feed_head(std::string_view bytes) {
  if (partial_.empty()) {
    const size_t end = bytes.find("\r\n\r\n");
    if (end != std::string_view::npos) {
      parse_head(bytes.substr(0, end + 2));
      return end + 4;
    }
    partial_.assign(bytes);
    return bytes.size();
  }
  const size_t before = partial_.size();
  partial_.append(bytes);
  const size_t end = partial_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (partial_.size() > kMaxHeadBytes) {
      state_ = State::Failed;
    }
    return bytes.size();
  }
  const std::string head = partial_.substr(0, end + 2);
  partial_.clear();
  parse_head(head);
  return end + 4 - before;
}

size_t MessageParser::feed_sized(std::string_view bytes, BodySink& sink, State next) {
  const size_t count = static_cast<size_t>(std::min<uint64_t>(remaining_, bytes.size()));
  sink.on_body(bytes.substr(0, count));
  remaining_ -= count;
  if (remaining_ == 0) {
    state_ = next;
  }
  return count;
}

size_t MessageParser::feed_line(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    partial_.append(bytes);
    return bytes.size();
  }
  if (partial_.empty()) {
    take_line(trimmed(bytes.substr(0, end)));
  } else {
    partial_.append(bytes.substr(0, end));
    const std::string line = std::move(partial_);
    partial_.clear();
    take_line(trimmed(line));
  }
  return end + 1;
}

void MessageParser::take_line(std::string_view line) {
  if (state_ == State::ChunkSize) {
    if (!parse_number(line, 16, remaining_)) {
      state_ = State::Failed;
    } else {
      state_ = remaining_ == 0 ? State::Trailer : State::ChunkData;
    }
  } else if (state_ == State::ChunkEnd) {
    state_ = line.empty() ? State::ChunkSize : State::Failed;
  } else if (line.empty()) {
    state_ = State::Complete;
  }
}

void MessageParser::parse_head(std::string_view head) {
  size_t end = head.find("\r\n");
  if (!parse_start_line(head.substr(0, end))) {
    state_ = State::Failed;
    return;
  }
  for (head.remove_prefix(end + 2); !head.empty(); head.remove_prefix(end + 2)) {
    end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      parse_header(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
  }
  choose_body();
}

bool MessageParser::parse_start_line(std::string_view line) {
  const size_t first = line.find(' ');
  if (first == std::string_view::npos) {
    return false;
  }
  if (kind_ == Kind::Response) {
    uint64_t status = 0;
    if (!line.starts_with("HTTP/1.") || !parse_number(line.substr(first + 1, 3), 10, status)) {
      return false;
    }
    status_ = static_cast<int>(status);
    keep_alive_ = line.starts_with("HTTP/1.1");
    return true;
  }
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return false;
  }
  method_.assign(line.substr(0, first));
  path_.assign(line.substr(first + 1, second - first - 1));
  keep_alive_ = line.substr(second + 1) == "HTTP/1.1";
  return true;
}

void MessageParser::parse_header(std::string_view name, std::string_view value) {
  if (equals_ignoring_case(name, "content-length")) {
    has_length_ = parse_number(value, 10, remaining_);
  } else if (equals_ignoring_case(name, "transfer-encoding")) {
    chunked_ = contains_ignoring_case(value, "chunked");
  } else if (equals_ignoring_case(name, "connection")) {
    keep_alive_ = contains_ignoring_case(value, "keep-alive") ||
                  (keep_alive_ && !contains_ignoring_case(value, "close"));
  } else if (equals_ignoring_case(name, "content-type")) {
    event_stream_ = contains_ignoring_case(value, "text/event-stream");
  }
}

void MessageParser::choose_body() {
  if (kind_ == Kind::Response && status_ / 100 == 1) {
    reset();
    started_ = true;
  } else if (chunked_) {
    state_ = State::ChunkSize;
  } else if (has_length_ || kind_ == Kind::Request || status_ == 204 || status_ == 304) {
    state_ = remaining_ == 0 ? State::Complete : State::FixedBody;
  } else {
    keep_alive_ = false;
    state_ = State::UntilClose;
  }
}

}  // namespace tandem::bench
