#include "gateway/gemini/finish.h"

namespace tandem::gateway::gemini {

using messages::Finish;

Finish finish_of(std::string_view finish_reason, bool calls_function) {
  if (finish_reason == "STOP") return calls_function ? Finish::ToolUse : Finish::Stop;
  if (finish_reason == "MAX_TOKENS") return Finish::Length;
  if (finish_reason == "CONTINUATION") return Finish::Pause;
  return Finish::ContentFilter;
}

std::string_view finish_reason_of(Finish finish) {
  switch (finish) {
    case Finish::Stop:
    case Finish::StopSequence:
    case Finish::ToolUse:
      return "STOP";
    case Finish::Length:
      return "MAX_TOKENS";
    case Finish::ContentFilter:
    case Finish::Refusal:
      return "SAFETY";
    case Finish::Pause:
      return "OTHER";
  }
  return "OTHER";
}

}  // namespace tandem::gateway::gemini
