// The fixed limits of the trace folder, with the reason where it is not plain.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace tandem::trace::limits {

using tandem::limits::kTraceQueueSpans;

// What may wait for the writer in all; beyond it spans are dropped and counted.
inline constexpr size_t kMaxQueuedBytes = size_t{128} * 1024 * 1024;
// A batch is written when it has this many spans, or when its first span has waited so long. A
// span must be readable 200 ms after record(), and at once for who asks over the API (hurry()).
inline constexpr size_t kBatchSpans = 1024;
inline constexpr size_t kBatchBytes = 8 * 1024 * 1024;
inline constexpr int64_t kBatchWaitMs = 100;

// Content beyond these is cut, with a visible mark (capture.h).
inline constexpr size_t kMaxTextBytes = 256 * 1024;  // one message part, document or JSON value
inline constexpr size_t kMaxSpanBytes = 2 * 1024 * 1024;  // all content of one span
inline constexpr size_t kMaxNameBytes = 512;              // span names, session ids, models …
inline constexpr size_t kMaxListItems = 1024;             // messages, documents, events, links
inline constexpr size_t kMaxTags = 64;
inline constexpr size_t kMaxModels = 64;

// Spans of one trace that are kept; ids of spans have 20 bits for it.
inline constexpr int64_t kMaxSpansPerTrace = (int64_t{1} << 20) - 1;

inline constexpr size_t kMaxFilterBytes = 4096;
inline constexpr size_t kMaxFilterTerms = 32;
// Up to so many traces that may hold a text are looked up one by one; beyond, the list is walked in
// its order until the page is full.
inline constexpr size_t kFewCandidates = 2000;
inline constexpr int64_t kDefaultTraces = 50;
inline constexpr int64_t kMaxTraces = 1000;
inline constexpr int64_t kDefaultSpans = 1000;
inline constexpr int64_t kMaxSpans = 10'000;
// One answer with spans ends here, with a cursor, even where `limit=0` asked for all.
inline constexpr size_t kMaxAnswerBytes = 64 * 1024 * 1024;

}  // namespace tandem::trace::limits
