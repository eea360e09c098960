#include "trace/assembly.h"

#include <algorithm>
#include <cstring>

#include "trace/limits.h"

namespace tandem::trace {
namespace {

constexpr size_t kSearchedLinearly = 16;

uint64_t as_key(const SpanId& id) {
  uint64_t key = 0;
  std::memcpy(&key, id.bytes.data(), sizeof key);
  return key;
}

// The root's value wins; else the first that came stays.
void settle(std::string& known, const std::string& value, bool root) {
  if (!value.empty() && (root || known.empty())) known = value;
}

void add_once(std::vector<std::string>& list, std::string_view value, size_t most) {
  if (value.empty() || list.size() >= most) return;
  if (std::find(list.begin(), list.end(), value) == list.end()) list.emplace_back(value);
}

}  // namespace

TraceAssembly::TraceAssembly(ProjectId project, TraceId trace_id) {
  summary_.project = project;
  summary_.trace_id = trace_id;
}

TraceAssembly::TraceAssembly(TraceSummary stored, std::vector<SpanHead> heads)
    : summary_(std::move(stored)), heads_(std::move(heads)) {
  if (heads_.empty()) return;
  const SpanHead& first = heads_[first_shown(heads_)];
  has_root_ = first.is_root();
  named_at_us_ = first.start_us;
}

int64_t TraceAssembly::find(const SpanId& id) {
  if (heads_.size() <= kSearchedLinearly) {
    const auto found = std::find_if(heads_.begin(), heads_.end(),
                                    [&id](const SpanHead& head) { return head.span_id == id; });
    return found == heads_.end() ? -1 : found - heads_.begin();
  }
  for (size_t i = numbers_.size(); i < heads_.size(); ++i) {
    numbers_.emplace(as_key(heads_[i].span_id), i);
  }
  const auto found = numbers_.find(as_key(id));
  return found == numbers_.end() ? -1 : static_cast<int64_t>(found->second);
}

TraceAssembly::Place TraceAssembly::place(const Span& span) {
  const int64_t known = find(span.span_id);
  if (known < 0 && heads_.size() >= static_cast<size_t>(limits::kMaxSpansPerTrace)) {
    return {0, Placement::Refused};
  }
  take_name(span);
  take_facts(span);
  if (known >= 0) {
    heads_[static_cast<size_t>(known)] = head_of(span);
    return {known, Placement::Replaced};
  }
  heads_.push_back(head_of(span));
  return {static_cast<int64_t>(heads_.size()) - 1, Placement::Added};
}

void TraceAssembly::take_name(const Span& span) {
  const bool root = span.is_root();
  const bool first = heads_.empty();
  const bool better =
      first || (root && !has_root_) || (root == has_root_ && span.start_us <= named_at_us_);
  if (!better) return;
  summary_.name = span.name;
  has_root_ = root;
  named_at_us_ = span.start_us;
}

void TraceAssembly::take_facts(const Span& span) {
  const bool root = span.is_root();
  settle(summary_.session_id, span.session_id, root);
  settle(summary_.user_id, span.user_id, root);
  settle(summary_.environment, span.facts.environment, root);
  settle(summary_.release, span.facts.release, root);
  settle(summary_.metadata.text, span.facts.metadata.text, root);
  for (const std::string& tag : span.facts.tags) add_once(summary_.tags, tag, limits::kMaxTags);
  add_once(summary_.models, span.model(), limits::kMaxModels);
}

const TraceSummary& TraceAssembly::summarise() {
  const Totals totals = total(heads_);
  summary_.status = totals.status;
  summary_.complete = totals.complete;
  summary_.start_us = totals.start_us;
  summary_.duration_us = totals.duration_us;
  summary_.span_count = static_cast<int64_t>(heads_.size());
  summary_.error_count = totals.error_count;
  summary_.input_tokens = totals.usage.input_tokens;
  summary_.cached_input_tokens = totals.usage.cached_input_tokens;
  summary_.output_tokens = totals.usage.output_tokens;
  summary_.reasoning_tokens = totals.usage.reasoning_tokens;
  summary_.cost_nano_usd = totals.cost_nano_usd;
  return summary_;
}

}  // namespace tandem::trace
