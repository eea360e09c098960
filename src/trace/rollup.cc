#include "trace/rollup.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <unordered_map>

namespace tandem::trace {
namespace {

constexpr size_t kNone = SIZE_MAX;
constexpr size_t kSearchedLinearly = 16;  // below it a hash map costs more than it saves
constexpr size_t kModelKinds = 3;

uint64_t as_key(const SpanId& id) {
  uint64_t key = 0;
  std::memcpy(&key, id.bytes.data(), sizeof key);
  return key;
}

// llm, embedding and reranker spans own their usage; others only repeat or stand in for it.
std::optional<size_t> model_kind(SpanKind kind) {
  switch (kind) {
    case SpanKind::Llm:
      return 0;
    case SpanKind::Embedding:
      return 1;
    case SpanKind::Reranker:
      return 2;
    default:
      return std::nullopt;
  }
}

bool carries_usage(const SpanHead& head) {
  return head.usage && (head.usage->input_tokens != 0 || head.usage->output_tokens != 0);
}

struct TokenPair {
  int64_t input = 0;
  int64_t output = 0;
  bool any = false;

  void add(const TokenPair& other) {
    input = saturating_add(input, other.input);
    output = saturating_add(output, other.output);
    any |= other.any;
  }
  static int64_t saturating_add(int64_t a, int64_t b) {
    int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
  }
};

int64_t add(int64_t a, int64_t b) {
  return TokenPair::saturating_add(a, b);
}

// What lies below a span, as far as its own counting depends on it.
struct Below {
  bool usage = false;
  bool cost = false;
  std::array<TokenPair, kModelKinds> by_kind;  // the nearest spans of each model kind
};

std::vector<size_t> find_parents(std::span<const SpanHead> heads) {
  std::vector<size_t> parents(heads.size(), kNone);
  std::unordered_map<uint64_t, size_t> by_id;
  if (heads.size() > kSearchedLinearly) {
    by_id.reserve(heads.size());
    for (size_t i = 0; i < heads.size(); ++i) by_id.emplace(as_key(heads[i].span_id), i);
  }
  for (size_t i = 0; i < heads.size(); ++i) {
    if (heads[i].is_root()) continue;
    if (!by_id.empty()) {
      const auto found = by_id.find(as_key(heads[i].parent_span_id));
      if (found != by_id.end() && found->second != i) parents[i] = found->second;
      continue;
    }
    for (size_t k = 0; k < heads.size(); ++k) {
      if (k != i && heads[k].span_id == heads[i].parent_span_id) parents[i] = k;
    }
  }
  return parents;
}

bool usage_counts(const SpanHead& head, const Below& below) {
  if (!head.usage) return false;
  const auto kind = model_kind(head.kind);
  if (!kind) return !below.usage;
  const TokenPair& inner = below.by_kind[*kind];
  return !(inner.any && inner.input == head.usage->input_tokens &&
           inner.output == head.usage->output_tokens);
}

void pass_up(const SpanHead& head, const Below& below, Below& parent) {
  const bool usage = carries_usage(head);
  const auto kind = model_kind(head.kind);
  parent.usage |= usage || below.usage;
  parent.cost |= below.cost || head.cost_nano_usd.value_or(0) != 0;
  for (size_t i = 0; i < kModelKinds; ++i) {
    const bool own = usage && kind == i;
    parent.by_kind[i].add(own ? TokenPair{head.usage->input_tokens, head.usage->output_tokens, true}
                              : below.by_kind[i]);
  }
}

}  // namespace

SpanHead head_of(const Span& span) {
  return {span.span_id,  span.parent_span_id, span.kind,  span.status,
          span.start_us, span.duration_us,    span.usage, span.cost_nano_usd};
}

Counting count_spans(std::span<const SpanHead> heads) {
  const size_t count = heads.size();
  Counting counting{std::vector<bool>(count), std::vector<bool>(count)};
  if (count == 1) {  // most traces of a gateway: nothing lies below
    counting.usage[0] = heads[0].usage.has_value();
    counting.cost[0] = heads[0].cost_nano_usd.has_value();
    return counting;
  }
  const std::vector<size_t> parents = find_parents(heads);
  std::vector<size_t> waiting(count, 0);  // children that were not looked at yet
  for (const size_t parent : parents) {
    if (parent != kNone) ++waiting[parent];
  }
  std::vector<Below> below(count);
  std::vector<size_t> ready;
  for (size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push_back(i);
  }
  for (size_t next = 0; next < ready.size(); ++next) {
    const size_t parent = parents[ready[next]];
    if (parent == kNone) continue;
    pass_up(heads[ready[next]], below[ready[next]], below[parent]);
    if (--waiting[parent] == 0) ready.push_back(parent);
  }
  // Spans that are each other's ancestors (hostile input) never became ready; they are judged by
  // what was passed up to them, so that nothing is counted twice or looped over.
  for (size_t i = 0; i < count; ++i) {
    counting.usage[i] = usage_counts(heads[i], below[i]);
    counting.cost[i] =
        heads[i].cost_nano_usd && (heads[i].usage ? bool(counting.usage[i]) : !below[i].cost);
  }
  return counting;
}

Totals total(std::span<const SpanHead> heads) {
  Totals totals;
  if (heads.empty()) return totals;
  const Counting counting = count_spans(heads);
  WallUs end_us = INT64_MIN;
  totals.start_us = INT64_MAX;
  for (size_t i = 0; i < heads.size(); ++i) {
    const SpanHead& head = heads[i];
    totals.start_us = std::min(totals.start_us, head.start_us);
    end_us = std::max(end_us, add(head.start_us, head.duration_us));
    totals.error_count += head.status == Status::Error ? 1 : 0;
    if (counting.cost[i]) totals.cost_nano_usd = add(totals.cost_nano_usd, *head.cost_nano_usd);
    if (!counting.usage[i]) continue;
    TokenUsage& sum = totals.usage;
    sum.input_tokens = add(sum.input_tokens, head.usage->input_tokens);
    sum.cached_input_tokens = add(sum.cached_input_tokens, head.usage->cached_input_tokens);
    sum.cache_write_input_tokens =
        add(sum.cache_write_input_tokens, head.usage->cache_write_input_tokens);
    sum.output_tokens = add(sum.output_tokens, head.usage->output_tokens);
    sum.reasoning_tokens = add(sum.reasoning_tokens, head.usage->reasoning_tokens);
  }
  if (__builtin_sub_overflow(end_us, totals.start_us, &totals.duration_us)) {
    totals.duration_us = INT64_MAX;
  }
  const SpanHead& first = heads[first_shown(heads)];
  totals.complete = first.is_root();
  totals.status = first.status;
  if (!totals.complete) {
    const std::vector<size_t> parents = find_parents(heads);
    for (size_t i = 0; i < heads.size(); ++i) {
      if (parents[i] == kNone && heads[i].status == Status::Error) totals.status = Status::Error;
    }
  }
  return totals;
}

size_t first_shown(std::span<const SpanHead> heads) {
  size_t first = 0;
  for (size_t i = 1; i < heads.size(); ++i) {
    const bool root = heads[i].is_root();
    const bool better =
        root == heads[first].is_root() ? heads[i].start_us < heads[first].start_us : root;
    if (better) first = i;
  }
  return first;
}

std::vector<size_t> display_order(std::span<const SpanHead> heads) {
  std::vector<size_t> order(heads.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&heads](size_t a, size_t b) { return heads[a].start_us < heads[b].start_us; });
  const auto root =
      std::find_if(order.begin(), order.end(), [&heads](size_t i) { return heads[i].is_root(); });
  if (root != order.end()) std::rotate(order.begin(), root, root + 1);
  return order;
}

}  // namespace tandem::trace
