// Reads the lines of a batch's input, in order, from its blob. Blocking: its functions run on a
// pool thread, one at a time.
//   TRY(auto reader, InputReader::open(blobs, batch.input_blob));
//   TRY(auto lines, reader->read_some());   // empty: the end
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/batches/input.h"
#include "store/blobs.h"

namespace tandem::gateway::batches {

struct InputLine {
  int64_t number = 0;
  std::string text;
};

class InputReader {
 public:
  static Result<std::unique_ptr<InputReader>> open(store::Blobs& blobs, const std::string& blob);

  // A few lines, as many as are at hand; none at the end.
  Result<std::vector<InputLine>> read_some();

 private:
  explicit InputReader(std::unique_ptr<store::BlobReader> bytes);

  std::unique_ptr<store::BlobReader> bytes_;
  std::vector<uint8_t> piece_;
  LineSplitter lines_;
  bool at_end_ = false;
};

// Reads the whole input and says what is wrong with it.
Result<InputCheck> check_input(store::Blobs& blobs, const std::string& blob, std::string url,
                               int64_t max_lines);

}  // namespace tandem::gateway::batches
