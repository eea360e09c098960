// Every fixed limit of the server in one place, with the reason where it is not plain.
// What users may change is configuration; what stands here only bounds memory and hostile input.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::limits {

inline constexpr size_t kMaxHeaderBytes = 64 * 1024;
inline constexpr size_t kMaxHeaderCount = 128;
inline constexpr size_t kMaxTargetBytes = 16 * 1024;
inline constexpr int64_t kHeaderTimeoutMs = 10'000;
inline constexpr int64_t kBodyStallMs = 30'000;   // no byte of a body for so long: 408
inline constexpr int64_t kKeepAliveMs = 75'000;   // an idle connection is closed after
inline constexpr int64_t kWriteStallMs = 60'000;  // a reader that takes nothing for so long is gone
inline constexpr size_t kDefaultMaxBodyBytes = 16 * 1024 * 1024;
inline constexpr size_t kMaxUploadBytes = size_t{8} * 1024 * 1024 * 1024;
inline constexpr size_t kMaxInflateRatio = 100;  // a compressed body may grow by at most this
inline constexpr size_t kMaxResponseBytes = 64 * 1024 * 1024;
inline constexpr size_t kMaxSseEventBytes = 4 * 1024 * 1024;
inline constexpr size_t kMaxConnections = 20'000;
inline constexpr size_t kMaxJsonDepth = 128;
inline constexpr size_t kMaxConfigBytes = 8 * 1024 * 1024;
inline constexpr size_t kMaxJournalRecordBytes = 64 * 1024;
inline constexpr size_t kTraceQueueSpans = 16'384;
inline constexpr int64_t kDrainMs = 30'000;

}  // namespace tandem::limits
