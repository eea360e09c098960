#include "gateway/bedrock/media.h"

namespace tandem::gateway::bedrock {
namespace {

struct Row {
  std::string_view type, format;
};
constexpr Row kRows[] = {
    {"image/png", "png"},
    {"image/jpeg", "jpeg"},
    {"image/jpg", "jpeg"},
    {"image/gif", "gif"},
    {"image/webp", "webp"},
    {"application/pdf", "pdf"},
    {"text/csv", "csv"},
    {"application/msword", "doc"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    {"text/html", "html"},
    {"text/plain", "txt"},
    {"text/markdown", "md"},
    {"audio/mp3", "mp3"},
    {"audio/mpeg", "mp3"},
    {"audio/wav", "wav"},
    {"audio/x-wav", "wav"},
    {"audio/ogg", "ogg"},
    {"audio/opus", "opus"},
    {"audio/flac", "flac"},
    {"audio/aac", "aac"},
    {"audio/webm", "webm"},
    {"audio/mp4", "mp4"},
};

}  // namespace

messages::Media inlined(messages::Media media) {
  const std::string url = media.url;
  const size_t comma = url.find(";base64,");
  if (url.starts_with("data:") && comma != url.npos) {
    media.type = url.substr(5, comma - 5);
    media.data = url.substr(comma + 8);
    media.url.clear();
  }
  return media;
}

std::string_view format_of(const messages::Media& media) {
  for (const Row& row : kRows) {
    if (row.type == media.type) return row.format;
  }
  return {};
}

std::string document_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 200)) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '(' || c == ')' || c == '[' || c == ']';
    if (fine) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out.empty() ? "document" : out;
}

}  // namespace tandem::gateway::bedrock
