#include "gateway/files/form.h"

#include <algorithm>
#include <charconv>

#include "base/text/utf8.h"

namespace tandem::gateway::files {
namespace {

constexpr size_t kMaxFieldBytes = 256;
constexpr size_t kMaxFileName = 255;
constexpr int64_t kLeastExpiry = 3'600;
constexpr int64_t kMostExpiry = 2'592'000;

// The name alone, without folders; database and JSON take valid text only.
Result<std::string> clean_name(const std::string& filename) {
  std::string name = filename.substr(filename.find_last_of("/\\") + 1);
  if (name.empty() || name.size() > kMaxFileName || !text::is_valid_utf8(name) ||
      name.find('\0') != std::string::npos) {
    return fail(Code::InvalidArgument, "The file needs a name of 1 to 255 bytes of UTF-8.",
                "Give the part named file a filename.", "file");
  }
  return name;
}

std::string purposes() {
  std::string list;
  for (const std::string_view purpose : kPurposes) {
    if (!list.empty()) list += ", ";
    list += purpose;
  }
  return list;
}

}  // namespace

Result<int64_t> read_expiry(std::string_view anchor, int64_t seconds, const std::string& field) {
  if (anchor != "created_at") {
    return fail(Code::InvalidArgument, "The field \"" + field + ".anchor\" must be created_at.", "",
                field + ".anchor");
  }
  if (seconds < kLeastExpiry || seconds > kMostExpiry) {
    return fail(Code::InvalidArgument,
                "The field \"" + field +
                    ".seconds\" must be from 3600 (an hour) to 2592000 (30 "
                    "days).",
                "", field + ".seconds");
  }
  return seconds;
}

Result<void> FileForm::on_part(const net::PartHead& head) {
  part_ = head.name;
  in_file_ = head.name == "file";
  field_ = nullptr;
  const auto take = [this](std::optional<std::string>& value) { field_ = &value.emplace(); };
  if (in_file_) {
    if (has_file_) {
      return fail(Code::InvalidArgument, "The form has two files.", "Send one at a time.", "file");
    }
    has_file_ = true;
    filename_ = head.filename;
  } else if (part_ == "purpose") {
    take(purpose_);
  } else if (part_ == "expires_after[anchor]") {
    take(anchor_);
  } else if (part_ == "expires_after[seconds]") {
    take(seconds_);
  }
  return {};
}

Result<void> FileForm::on_data(std::string_view bytes) {
  if (in_file_) {
    file_bytes_ += static_cast<int64_t>(bytes.size());
    if (file_bytes_ > max_file_bytes_) {
      return fail(Code::PayloadTooLarge,
                  "The file has more than " + std::to_string(max_file_bytes_) + " bytes.",
                  "Send less, or have files.max_bytes raised.", "file");
    }
    bytes_ += bytes;
    return {};
  }
  if (!field_) return {};
  if (field_->size() + bytes.size() > kMaxFieldBytes) {
    return fail(Code::InvalidArgument, "The field \"" + part_ + "\" is too long.", "", part_);
  }
  *field_ += bytes;
  return {};
}

Result<void> FileForm::on_part_end() {
  in_file_ = false;
  field_ = nullptr;
  return {};
}

Result<File> FileForm::finish(WallUs now_us) const {
  if (!has_file_) {
    return fail(Code::InvalidArgument, "The form has no part named file.",
                "Send the bytes as the field file, with a filename.", "file");
  }
  if (file_bytes_ == 0) return fail(Code::InvalidArgument, "The file is empty.", "", "file");
  File file;
  TRY(file.filename, clean_name(filename_));
  if (!purpose_ || std::find(kPurposes.begin(), kPurposes.end(), *purpose_) == kPurposes.end()) {
    return fail(Code::InvalidArgument,
                purpose_ ? "There is no such purpose." : "The field \"purpose\" is missing.",
                "It is one of: " + purposes() + ".", "purpose");
  }
  file.purpose = *purpose_;
  file.id = make_file_id();
  file.created_us = now_us;
  if (!anchor_ && !seconds_) return file;
  int64_t seconds = 0;
  const std::string text = seconds_.value_or("");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) seconds = 0;
  TRY(seconds, read_expiry(anchor_.value_or("created_at"), seconds, "expires_after"));
  file.expires_us = now_us + seconds * 1'000'000;
  return file;
}

}  // namespace tandem::gateway::files
