// What an operator says about stored responses. A plain value.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::gateway::responses {

struct ResponsesConfig {
  static constexpr std::string_view kTypeName = "responses";
  int64_t keep_days = 30;
  int64_t max_bytes = 16 * 1024 * 1024;
  int64_t max_chain = 1000;

  template <class V>
  static void describe(V& v) {
    v.field("keep_days", &ResponsesConfig::keep_days,
            "Stored responses are deleted so many days after they were made; 0 stores none.")
        .range(0, 36'500);
    v.field("max_bytes", &ResponsesConfig::max_bytes,
            "A response that is larger with its input is answered but not stored; what stored "
            "responses put in front of a call may not be larger either.")
        .range(1024, 268'435'456);
    v.field("max_chain", &ResponsesConfig::max_chain,
            "Responses that previous_response_id may lead through, one after the other.")
        .range(1, 100'000);
  }
};

}  // namespace tandem::gateway::responses
