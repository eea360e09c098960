#include "trace/types.h"

#include <array>

namespace tandem::trace {
namespace {

template <size_t N>
using Names = std::array<std::string_view, N>;

constexpr Names<11> kSpanKinds{"span",  "llm",   "embedding", "retriever", "reranker", "tool",
                               "agent", "chain", "guardrail", "evaluator", "prompt"};
constexpr Names<6> kOtelKinds{"unset", "internal", "server", "client", "producer", "consumer"};
constexpr Names<3> kStatuses{"unset", "ok", "error"};
constexpr Names<3> kCostSources{"unknown", "prices", "emitter"};
constexpr Names<7> kPartTypes{"text", "tool_call", "tool_call_response", "reasoning", "file",
                              "uri",  "blob"};

template <class E, size_t N>
std::string_view at(const Names<N>& names, E value) {
  const auto index = static_cast<size_t>(value);
  return index < N ? names[index] : names[0];
}

template <class E, size_t N>
std::optional<E> find(const Names<N>& names, std::string_view name) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(SpanKind kind) {
  return at(kSpanKinds, kind);
}
std::string_view name_of(OtelKind kind) {
  return at(kOtelKinds, kind);
}
std::string_view name_of(Status status) {
  return at(kStatuses, status);
}
std::string_view name_of(CostSource source) {
  return at(kCostSources, source);
}
std::string_view name_of(PartType type) {
  return at(kPartTypes, type);
}

std::optional<SpanKind> find_span_kind(std::string_view name) {
  return find<SpanKind>(kSpanKinds, name);
}
std::optional<Status> find_status(std::string_view name) {
  return find<Status>(kStatuses, name);
}

std::string_view normal_finish_reason(std::string_view reason) {
  if (reason == "tool_call" || reason == "tool_use" || reason == "function_call") {
    return "tool_calls";
  }
  if (reason == "max_tokens") return "length";
  if (reason == "end_turn" || reason == "stop_sequence") return "stop";
  return reason;
}

}  // namespace tandem::trace
