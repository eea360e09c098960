#include "identity/requests.h"

#include <algorithm>
#include <charconv>

#include "base/ids.h"
#include "base/text/encode.h"
#include "identity/errors.h"

namespace tandem::identity {
namespace {

constexpr size_t kMaxFilterBytes = 4096;
constexpr size_t kMaxIdempotencyKeyBytes = 255;

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole ? std::optional(value) : std::nullopt;
}

Result<Cursor> read_cursor(std::string_view text) {
  const auto decoded = text::from_hex(text);
  const size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return fail(errors::bad_cursor());
  const auto created_us = whole_number(std::string_view(*decoded).substr(0, colon));
  const std::string_view id = std::string_view(*decoded).substr(colon + 1);
  if (!created_us || !check_id_text(id, "id")) return fail(errors::bad_cursor());
  return Cursor{*created_us, std::string(id)};
}

// field = "value" and field = word …
class FilterReader {
 public:
  FilterReader(std::string_view text, std::span<const std::string_view> fields)
      : text_(text), fields_(fields) {}

  Result<std::map<std::string, std::string>> read() {
    std::map<std::string, std::string> out;
    skip_blanks();
    if (at_ == text_.size()) return out;
    while (true) {
      TRY_VOID(term(out));
      skip_blanks();
      if (at_ == text_.size()) return out;
      if (word() != "and") return wrong("expected `and`");
    }
  }

 private:
  Failure wrong(std::string_view what) const { return fail(errors::bad_filter(what, begin_ + 1)); }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    begin_ = at_;
  }

  std::string_view word() {
    skip_blanks();
    at_ = std::min(text_.find_first_of(" \t=\"", at_), text_.size());
    return text_.substr(begin_, at_ - begin_);
  }

  Result<void> term(std::map<std::string, std::string>& out) {
    const std::string_view field = word();
    if (std::find(fields_.begin(), fields_.end(), field) == fields_.end()) {
      std::string known;
      for (std::string_view name : fields_)
        known += (known.empty() ? "" : ", ") + std::string(name);
      return wrong("expected one of " + known);
    }
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '=') return wrong("expected `=`");
    ++at_;
    TRY(std::string wanted, value());
    if (!out.emplace(field, std::move(wanted)).second) return wrong("a field stands twice");
    return {};
  }

  Result<std::string> value() {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '"') {
      const std::string_view bare = word();
      if (bare.empty()) return wrong("expected a value");
      return std::string(bare);
    }
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') return ++at_, out;
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    return wrong("a string has no end");
  }

  std::string_view text_;
  std::span<const std::string_view> fields_;
  size_t at_ = 0;
  size_t begin_ = 0;
};

}  // namespace

Result<ListRequest> read_list_request(const ListParameters& parameters,
                                      std::span<const std::string_view> fields) {
  ListRequest out;
  if (parameters.limit) {
    const auto limit = whole_number(*parameters.limit);
    if (!limit || *limit < 1 || *limit > kLargestPage) {
      return fail(errors::bad_limit(*parameters.limit, kLargestPage));
    }
    out.limit = *limit;
  }
  if (parameters.order && !parameters.order->empty()) {
    if (*parameters.order == "created_at")
      out.order = Order::OldestFirst;
    else if (*parameters.order != "-created_at")
      return fail(errors::bad_order(*parameters.order));
  }
  if (parameters.cursor && !parameters.cursor->empty()) {
    TRY(out.after, read_cursor(*parameters.cursor));
  }
  if (parameters.filter) {
    if (parameters.filter->size() > kMaxFilterBytes) {
      return fail(errors::bad_filter("too long", kMaxFilterBytes));
    }
    TRY(out.equal, FilterReader(*parameters.filter, fields).read());
  }
  return out;
}

std::string write_cursor(const Cursor& cursor) {
  const std::string text = std::to_string(cursor.created_us) + ":" + cursor.id;
  return text::to_hex({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Result<WriteOptions> read_write_options(std::string_view idempotency_key,
                                        std::string_view if_match) {
  WriteOptions out;
  idempotency_key = text::trim(idempotency_key);
  if (!idempotency_key.empty()) {
    const bool visible = std::all_of(idempotency_key.begin(), idempotency_key.end(),
                                     [](char c) { return c > 0x20 && c < 0x7f; });
    if (!visible || idempotency_key.size() > kMaxIdempotencyKeyBytes) {
      return fail(errors::bad_idempotency_key());
    }
    out.idempotency_key = std::string(idempotency_key);
  }
  std::string_view version = text::trim(if_match);
  if (version.empty() || version == "*") return out;
  if (version.substr(0, 2) == "W/") version.remove_prefix(2);
  if (version.size() >= 2 && version.front() == '"' && version.back() == '"') {
    version = version.substr(1, version.size() - 2);
  }
  out.if_match = whole_number(version);
  if (!out.if_match) return fail(errors::bad_if_match(if_match));
  return out;
}

}  // namespace tandem::identity
