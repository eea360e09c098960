// What can be wrong with a journal, in sentences. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error/error.h"
#include "store/journal.h"

namespace tandem::store::journal::errors {

Error damaged(std::string_view path, uint64_t offset, std::string_view what);
Error newer_version(std::string_view path, uint32_t version);
Error segment_missing(std::string_view folder, uint64_t after, uint64_t found);
Error position_dropped(std::string_view folder, Position position, uint64_t oldest);
Error position_past_end(std::string_view folder, Position position, Position end);
Error in_use(std::string_view folder);
Error record_too_large(size_t size);
Error sync_failed(const Error& cause);

}  // namespace tandem::store::journal::errors
