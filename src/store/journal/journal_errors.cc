#include "store/journal/journal_errors.h"

#include <fmt/format.h>

namespace tandem::store::journal::errors {

Error damaged(std::string_view path, uint64_t offset, std::string_view what) {
  return Error(Code::StorageFailed,
               fmt::format("The journal file {} is damaged at byte {}: {}.", path, offset, what),
               "It was whole on the disk before: check the disk, then restore the file from a "
               "backup, or move it out of the folder and accept that its records are lost.");
}

Error newer_version(std::string_view path, uint32_t version) {
  return Error(Code::StorageFailed,
               fmt::format("The journal file {} has format version {}; this Tandem reads {}.", path,
                           version, 1),
               "A newer Tandem wrote it: start that version.");
}

Error segment_missing(std::string_view folder, uint64_t after, uint64_t found) {
  return Error(Code::StorageFailed,
               fmt::format("In the journal folder {} files are missing between segments {} and {}.",
                           folder, after, found),
               "Put the files back, or accept that their records are lost.");
}

Error position_dropped(std::string_view folder, Position position, uint64_t oldest) {
  return Error(
      Code::NotFound,
      fmt::format("Position {}:{} of the journal {} was dropped; its oldest segment is {}.",
                  position.segment, position.offset, folder, oldest));
}

Error position_past_end(std::string_view folder, Position position, Position end) {
  return Error(Code::StorageFailed,
               fmt::format("Position {}:{} lies behind the end {}:{} of the journal {}.",
                           position.segment, position.offset, end.segment, end.offset, folder),
               "The folder does not belong to this database or was restored from an older backup: "
               "restore both from the same moment.");
}

Error in_use(std::string_view folder) {
  return Error(
      Code::StorageFailed,
      fmt::format("The journal folder {} is in use by another process.", folder),
      "Only one server may use a data folder: end the other one or choose another folder.");
}

Error record_too_large(size_t size) {
  return Error(Code::PayloadTooLarge,
               fmt::format("A journal record of {} bytes is larger than {}.", size,
                           limits::kMaxJournalRecordBytes),
               "Keep large content in a blob and its id in the record.");
}

Error sync_failed(const Error& cause) {
  Error error(Code::StorageFailed, "The journal stopped: " + cause.message,
              "The kernel may have dropped what it could not write, so nothing more is accepted: "
              "make the disk healthy and restart the server.");
  error.retry_after_s = 10;
  return error;
}

}  // namespace tandem::store::journal::errors
