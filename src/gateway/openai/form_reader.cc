#include "gateway/openai/form_reader.h"

#include <charconv>

#include "base/text/utf8.h"
#include "gateway/request_errors.h"
#include "net/http/multipart.h"

namespace tandem::gateway::openai {
namespace {

constexpr size_t kShortestGuarded = 8;
constexpr size_t kMaxFieldBytes = 1024 * 1024;
// Speech at the lowest rate that anybody sends (Opus at 16 kbit/s): no file is longer than this
// makes it, and that is what is reserved for it.
constexpr int64_t kLeastBytesPerSecond = 2'000;

class Reader final : public net::MultipartSink {
 public:
  Reader(Call& call, const net::MultipartParser& parser) : call_(call), parser_(parser) {}

  Result<void> on_part(const net::PartHead& head) override {
    head_ = head;
    place_ = {};
    return {};
  }

  Result<void> on_data(std::string_view bytes) override {
    if (place_.length == 0) place_.begin = static_cast<size_t>(parser_.offset());
    place_.length += bytes.size();
    return {};
  }

  Result<void> on_part_end() override {
    if (head_.is_file) {
      ++files_;
      file_bytes_ += static_cast<int64_t>(place_.length);
      return {};
    }
    if (place_.length > kMaxFieldBytes) return wrong_field(head_.name, "shorter than 1 MiB");
    const std::string_view text = place_.in(call_.body);
    if (!text::is_valid_utf8(text)) return wrong_field(head_.name, "UTF-8");
    return field(head_.name, text);
  }

  Result<void> finish() const {
    const std::string name = call_.kind == CallKind::Transcription ? "file" : "image";
    if (files_ == 0) return wrong_field(name, "a file");
    if (call_.kind == CallKind::Transcription) {
      call_.milliseconds = file_bytes_ * 1000 / kLeastBytesPerSecond;
    }
    return {};
  }

 private:
  Result<void> field(const std::string& name, std::string_view text) {
    if (name == "model") {
      if (text.empty()) return wrong_field("model", "the name of an endpoint");
      call_.endpoint = text;
      call_.model_tokens.push_back(place_);
      return {};
    }
    if (name == "n") {
      const auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), call_.choices);
      if (error != std::errc() || end != text.data() + text.size() || call_.choices < 1 ||
          call_.choices > 128) {
        return wrong_field("n", "from 1 to 128");
      }
    }
    if (name == "stream" && text == "true") {
      return fail(Code::InvalidArgument,
                  "The field \"stream\" asks for a stream of events, which this operation does not "
                  "have here.",
                  "Leave it out: the answer comes whole.", "stream");
    }
    const bool said = name == "prompt";
    if (text.empty() || (!said && text.size() < kShortestGuarded)) return {};
    TextSegment segment;
    segment.text = text;
    segment.token = place_;
    segment.raw = true;
    if (said) segment.role = "user";
    call_.texts.push_back(std::move(segment));
    return {};
  }

  Call& call_;
  const net::MultipartParser& parser_;
  net::PartHead head_;
  json::Token place_;  // of the part's data in the body
  int files_ = 0;
  int64_t file_bytes_ = 0;
};

}  // namespace

Result<void> read_form(Call& call) {
  TRY(auto parser, net::MultipartParser::create(call.content_type, {}));
  Reader reader(call, parser);
  TRY_VOID(parser.feed(call.body, reader));
  TRY_VOID(parser.finish());
  return reader.finish();
}

}  // namespace tandem::gateway::openai
