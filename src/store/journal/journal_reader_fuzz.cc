// Journals of hostile bytes: reading never crashes, and what is read is what stands in the file.
// First byte even: the rest is a segment file as it is. Odd: the rest damages a good journal, which
// must then be read as a prefix of what was written, and be opened with that prefix kept. The
// second bit chooses how records are appended, the third leaves zeros behind them, as reserved
// space.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/log.h"
#include "store/journal.h"
#include "store/journal/folder.h"

namespace {

namespace fs = std::filesystem;
using namespace tandem;
using namespace tandem::store;

// Journals sync always: that needs no thread, and costs nothing in memory.
void require(bool holds) {
  if (!holds) std::abort();
}

std::span<const uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

const fs::path& folder() {
  static const fs::path path = [] {
    log::configure(LogLevel::Error, log::Format::Text);
    const char* memory = fs::exists("/dev/shm") ? "/dev/shm" : "/tmp";
    std::string name = std::string(memory) + "/tandem-fuzz-XXXXXX";
    require(::mkdtemp(name.data()) != nullptr);
    static const std::string kept = name;
    std::atexit([] {
      std::error_code ignored;
      fs::remove_all(kept, ignored);
    });
    return fs::path(name);
  }();
  return path;
}

void clear_folder() {
  for (const auto& entry : fs::directory_iterator(folder())) fs::remove(entry.path());
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Reads everything that can be read, skipping damage, and checks that positions only grow.
std::vector<std::string> read_everything() {
  std::vector<std::string> payloads;
  auto reader = JournalReader::open(folder(), {});
  if (!reader) return payloads;
  Position last;
  while (true) {
    auto record = reader->next();
    if (!record) {
      auto skipped = reader->skip_damaged_segment();
      if (!skipped || !*skipped) return payloads;
      continue;
    }
    if (!*record) return payloads;
    require((*record)->position > last && (*record)->next > (*record)->position);
    require((*record)->payload.size() <= limits::kMaxJournalRecordBytes);
    last = (*record)->position;
    payloads.emplace_back((*record)->payload.begin(), (*record)->payload.end());
  }
}

void require_prefix(const std::vector<std::string>& read, const std::vector<std::string>& written) {
  require(read.size() <= written.size());
  for (size_t i = 0; i < read.size(); ++i) require(read[i] == written[i]);
}

JournalOptions options_of(uint8_t choice) {
  return {.sync = Sync::Always,
          .appending = (choice & 2) != 0 ? Appending::Mapped : Appending::Written};
}

void fuzz_raw_segment(std::string bytes, uint8_t choice) {
  // A correct header in front makes the records reachable without guessing a checksum.
  if (!bytes.empty() && bytes[0] == 'h') {
    const auto header = journal::encode({.salt = 0, .number = 1});
    bytes.replace(0, 1, std::string(header.begin(), header.end()));
  }
  if ((choice & 4) != 0) bytes.append(5000, '\0');
  write_file(journal::segment_path(folder(), 1), bytes);
  const auto before = read_everything();
  auto opened = Journal::open(folder(), options_of(choice));
  if (!opened) return;
  require((*opened)->append(RecordKind::Audit, as_bytes("after")).has_value());
  opened->reset();
  const auto after = read_everything();
  require(after.size() == before.size() + 1 && after.back() == "after");
}

// The journal's own writer makes three records; then two bytes are changed or the file is cut.
void fuzz_damaged_journal(const std::string& bytes, uint8_t choice) {
  std::vector<std::string> written;
  {
    auto journal = *Journal::open(folder(), options_of(choice));
    const size_t third = bytes.size() / 3;
    for (size_t i = 0; i < 3; ++i) {
      written.push_back(bytes.substr(i * third, third));
      require(journal->append(RecordKind::Reserve, as_bytes(written.back())).has_value());
    }
  }
  fs::remove(journal::state_path(folder()));
  const fs::path path = journal::segment_path(folder(), 1);
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (bytes.size() >= 4) {
    const size_t place = (at(0) << 8 | at(1)) % content.size();
    if ((at(2) & 1) != 0) {
      content.resize(place);
    } else {
      content[place] = static_cast<char>(content[place] ^ at(3));
    }
  }
  if ((choice & 4) != 0) content.append(5000, '\0');
  write_file(path, content);
  const auto read = read_everything();
  require_prefix(read, written);
  auto opened = Journal::open(folder(), options_of(choice));
  if (!opened) return;
  opened->reset();
  require(read_everything() == read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 200'000) return 0;
  clear_folder();
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    fuzz_raw_segment(bytes, data[0]);
  } else {
    fuzz_damaged_journal(bytes, data[0]);
  }
  return 0;
}
