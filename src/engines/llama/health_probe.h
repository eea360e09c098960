// One GET /health over loopback. On the supervisor's thread.
#pragma once

#include <cstdint>

#include "base/async/task.h"

namespace tandem::engines {

enum class Health : uint8_t { Unreachable, Loading, Healthy };

// Healthy for 200, Loading for any other answer, Unreachable for none within `timeout_ms`.
Task<Health> probe_health(IoContext& io, uint16_t port, int64_t timeout_ms);

// From the first bytes of an HTTP/1 answer; Unreachable where they are none. Pure.
Health read_health(const char* bytes, size_t size);

}  // namespace tandem::engines
