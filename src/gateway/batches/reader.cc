#include "gateway/batches/reader.h"

#include "base/limits.h"

namespace tandem::gateway::batches {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;
// A request of the largest size that a route takes by default, with what stands around it.
constexpr size_t kMaxLineBytes = limits::kDefaultMaxBodyBytes + 4096;
constexpr size_t kLinesAtOnce = 32;

}  // namespace

InputReader::InputReader(std::unique_ptr<store::BlobReader> bytes)
    : bytes_(std::move(bytes)), piece_(kPieceBytes), lines_(kMaxLineBytes) {}

Result<std::unique_ptr<InputReader>> InputReader::open(store::Blobs& blobs,
                                                       const std::string& blob) {
  TRY(const store::BlobId id, store::BlobId::parse(blob));
  TRY(auto bytes, blobs.open(id));
  return std::unique_ptr<InputReader>(new InputReader(std::move(bytes)));
}

Result<std::vector<InputLine>> InputReader::read_some() {
  std::vector<InputLine> some;
  while (some.size() < kLinesAtOnce) {
    TRY(const auto line, lines_.next());
    if (line) {
      some.push_back({lines_.number(), std::string(*line)});
      continue;
    }
    if (at_end_ || !some.empty()) break;
    TRY(const size_t bytes, bytes_->read(piece_));
    lines_.feed({reinterpret_cast<const char*>(piece_.data()), bytes});
    if (bytes == 0) {
      lines_.finish();
      at_end_ = true;
    }
  }
  return some;
}

Result<InputCheck> check_input(store::Blobs& blobs, const std::string& blob, std::string url,
                               int64_t max_lines) {
  InputCheck check(std::move(url), max_lines);
  TRY(auto reader, InputReader::open(blobs, blob));
  while (true) {
    auto lines = reader->read_some();
    if (!lines && lines.error().code == Code::PayloadTooLarge) {
      check.too_long(check.lines() + 1, kMaxLineBytes);
      break;
    }
    if (!lines) return fail(std::move(lines).error());
    if (lines->empty()) break;
    bool go_on = true;
    for (const InputLine& line : *lines) {
      go_on = check.take(line.text, line.number);
      if (!go_on) break;
    }
    if (!go_on) break;
  }
  check.finish();
  return check;
}

}  // namespace tandem::gateway::batches
