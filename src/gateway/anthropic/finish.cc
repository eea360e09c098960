#include "gateway/anthropic/finish.h"

namespace tandem::gateway::anthropic {

using messages::Finish;

namespace {

struct Row {
  std::string_view stop_reason;
  Finish finish;
};
// The first of a finish is what it is written as.
constexpr Row kRows[] = {
    {"end_turn", Finish::Stop},         {"stop_sequence", Finish::StopSequence},
    {"max_tokens", Finish::Length},     {"model_context_window_exceeded", Finish::Length},
    {"tool_use", Finish::ToolUse},      {"refusal", Finish::Refusal},
    {"refusal", Finish::ContentFilter}, {"pause_turn", Finish::Pause},
};

}  // namespace

Finish finish_of(std::string_view stop_reason) {
  for (const Row& row : kRows) {
    if (row.stop_reason == stop_reason) return row.finish;
  }
  return Finish::Stop;
}

std::string_view stop_reason_of(Finish finish) {
  for (const Row& row : kRows) {
    if (row.finish == finish) return row.stop_reason;
  }
  return "end_turn";
}

bool is_other_reason(std::string_view stop_reason) {
  return stop_reason_of(finish_of(stop_reason)) != stop_reason;
}

}  // namespace tandem::gateway::anthropic
