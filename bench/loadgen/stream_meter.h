// Watches one server-sent event stream as a client sees it: when the first event and the first
// text came, the gaps between events, stalls, and whether the stream ended with [DONE]. Sans-IO;
// one per connection. Times are those of the read that brought the end of the event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/histogram.h"

namespace tandem::bench {

struct StreamStats {
  Histogram first_event;  // from sending the request
  Histogram first_text;   // to the first event with a non-empty "content"
  Histogram gaps;
  uint64_t completed = 0;
  uint64_t broken = 0;  // no [DONE], or an error event
  uint64_t events = 0;
  uint64_t stalls = 0;
  uint64_t streams_with_stalls = 0;
  void merge(const StreamStats& other);
};

class StreamMeter {
 public:
  explicit StreamMeter(uint64_t stall_ns) : stall_ns_(stall_ns) {}

  void begin(uint64_t sent_ns);
  void feed(std::string_view bytes, uint64_t now_ns, StreamStats& stats);
  // The response is over. True where the stream was whole.
  bool end(StreamStats& stats);

 private:
  void take_line(std::string_view line, uint64_t now_ns, StreamStats& stats);
  void take_event(std::string_view data, uint64_t now_ns, StreamStats& stats);

  const uint64_t stall_ns_;
  uint64_t sent_ns_ = 0;
  uint64_t last_event_ns_ = 0;
  uint64_t stalls_ = 0;
  bool text_seen_ = false;
  bool done_ = false;
  bool error_ = false;
  std::string partial_;  // the part of a line that came in an earlier read
};

}  // namespace tandem::bench
