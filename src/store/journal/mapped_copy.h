// Copies into a mapped file without the risk of a mapped file: where the kernel cannot provide a
// page (the disk fails, somebody cut the file), it sends SIGBUS, which ends the process by default.
// Here it makes the copy return false. A SIGBUS of anything else goes to whoever handled it before.
//   watch_for_bus_errors();  // once, any thread
//   if (!copy_to_map(window + at, header, payload)) …  // `at` may hold a part of it
#pragma once

#include <cstdint>
#include <span>

namespace tandem::store::journal {

void watch_for_bus_errors();

// `payload` goes behind `header`, and before it in time: whoever reads the file meanwhile sees a
// header only with what belongs to it.
bool copy_to_map(uint8_t* to, std::span<const uint8_t> header, std::span<const uint8_t> payload);

}  // namespace tandem::store::journal
