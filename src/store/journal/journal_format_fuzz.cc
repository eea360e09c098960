// The parser of records over memory, for speed: whatever is taken for a record encodes to the same
// bytes again, and nothing is read behind the end. The first four bytes are the salt.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "store/journal/format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tandem::store::journal;
  (void)decode_segment_header({data, size});
  (void)decode_state({data, size});
  if (size < 4) return 0;
  uint32_t salt = 0;
  std::memcpy(&salt, data, 4);
  std::vector<uint8_t> bytes(data + 4, data + size);
  // Guessing a checksum would take the fuzzer for ever: half of the inputs get theirs.
  if ((salt & 1) != 0 && bytes.size() >= kRecordHeaderBytes) {
    const size_t length = bytes.size() - kRecordHeaderBytes;
    const auto kind = static_cast<tandem::store::RecordKind>(bytes[8]);
    if (length > tandem::limits::kMaxJournalRecordBytes) return 0;
    const auto header =
        encode_record_header(salt, kind, std::span(bytes).subspan(kRecordHeaderBytes));
    std::memcpy(bytes.data(), header.data(), header.size());
    const bool is_record = parse_record(salt, bytes).parse == Parse::Record;
    if (is_record != (static_cast<uint8_t>(kind) != 0)) std::abort();
    bytes[data[4] % bytes.size()] ^= data[5];
  }
  for (std::span<const uint8_t> rest = bytes; !rest.empty();) {
    const Parsed parsed = parse_record(salt, rest);
    if (parsed.parse != Parse::Record) {
      rest = rest.subspan(1);  // as a search for the next record would
      continue;
    }
    if (parsed.size > rest.size()) std::abort();
    const auto header = encode_record_header(salt, parsed.kind, parsed.payload);
    if (std::memcmp(header.data(), rest.data(), header.size()) != 0) std::abort();
    rest = rest.subspan(parsed.size);
  }
  return 0;
}
