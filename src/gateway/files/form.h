// The form of POST /v1/files, read as it arrives: the file's bytes go on to a blob, the few fields
// are kept and checked. Sans-IO but for the writer; one upload, one thread at a time.
//   FileForm form(limits);
//   parser.feed(piece, form);  →  form.take_bytes() goes to the blob
//   TRY(File file, form.finish(now));
// Source: OpenAI API reference, "Upload file" (purpose, expires_after[anchor|seconds]).
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "gateway/files/types.h"
#include "net/http/multipart.h"

namespace tandem::gateway::files {

class FileForm final : public net::MultipartSink {
 public:
  explicit FileForm(int64_t max_file_bytes) : max_file_bytes_(max_file_bytes) {}

  Result<void> on_part(const net::PartHead& head) override;
  Result<void> on_data(std::string_view bytes) override;
  Result<void> on_part_end() override;

  // The bytes of the file that came since the last call.
  std::string take_bytes() { return std::exchange(bytes_, {}); }
  // Name, purpose and expiry. InvalidArgument names the field that is missing or wrong.
  Result<File> finish(WallUs now_us) const;

 private:
  const int64_t max_file_bytes_;
  int64_t file_bytes_ = 0;
  std::string bytes_;
  std::string part_;  // name of the field that is being read
  bool in_file_ = false;
  bool has_file_ = false;
  std::string filename_;
  std::optional<std::string> purpose_, anchor_, seconds_;
  std::string* field_ = nullptr;  // where the value of the part goes; null: nobody asks for it
};

// Seconds for which a file is kept, 3600 to 2592000; the error names `field`.
Result<int64_t> read_expiry(std::string_view anchor, int64_t seconds, const std::string& field);

}  // namespace tandem::gateway::files
