// A JSON reader that keeps positions and the text of numbers. Recursion is bounded by
// kMaxConfigDepth and memory by kMaxConfigNodes.
#include <fmt/format.h>

#include <unordered_set>

#include "base/config/node.h"
#include "base/config/node_limits.h"
#include "base/config/syntax.h"

namespace tandem::config {
namespace {

class JsonParser {
 public:
  JsonParser(std::string_view text, std::shared_ptr<const Source> source)
      : text_(text), source_(std::move(source)) {}

  Result<Node> document() {
    Node root;
    TRY_VOID(value(root, 0));
    skip_space();
    if (at_ != text_.size()) return wrong("expected the end of the document");
    return root;
  }

 private:
  Place here() const { return {source_, line_, static_cast<uint32_t>(at_ - line_start_ + 1)}; }

  Failure wrong(std::string_view what) const {
    std::string found = at_ < text_.size() ? fmt::format("byte {}", at_) : "the end of the text";
    return fail(Code::InvalidArgument,
                fmt::format("Not valid JSON: {}, at line {}, column {} ({}).", what, line_,
                            at_ - line_start_ + 1, found));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  Result<void> value(Node& out, size_t depth) {
    skip_space();
    const bool container = peek() == '{' || peek() == '[';
    if (container && depth >= kMaxConfigDepth) return wrong("nested too deeply");
    if (++nodes_ > kMaxConfigNodes) return wrong("too many values");
    out.place = here();
    switch (peek()) {
      case '{':
        return map(out, depth);
      case '[':
        return list(out, depth);
      case '"':
        out.kind = Node::Kind::Scalar;
        out.style = Style::Quoted;
        return string(out.text);
      default:
        return literal(out);
    }
  }

  Result<void> map(Node& out, size_t depth) {
    out.kind = Node::Kind::Map;
    std::unordered_set<std::string> seen;
    ++at_;
    skip_space();
    if (peek() == '}') return ++at_, Result<void>();
    while (true) {
      skip_space();
      if (peek() != '"') return wrong("expected a key in double quotes");
      Node::Key key;
      key.place = here();
      TRY_VOID(string(key.text));
      if (!seen.insert(key.text).second) return wrong("a key stands twice in one object");
      skip_space();
      if (peek() != ':') return wrong("expected a colon after the key");
      ++at_;
      out.keys.push_back(std::move(key));
      TRY_VOID(value(out.items.emplace_back(), depth + 1));
      skip_space();
      if (peek() == '}') return ++at_, Result<void>();
      if (peek() != ',') return wrong("expected a comma or a closing brace");
      ++at_;
    }
  }

  Result<void> list(Node& out, size_t depth) {
    out.kind = Node::Kind::List;
    ++at_;
    skip_space();
    if (peek() == ']') return ++at_, Result<void>();
    while (true) {
      TRY_VOID(value(out.items.emplace_back(), depth + 1));
      skip_space();
      if (peek() == ']') return ++at_, Result<void>();
      if (peek() != ',') return wrong("expected a comma or a closing bracket");
      ++at_;
    }
  }

  Result<void> literal(Node& out) {
    size_t end = at_;
    while (end < text_.size() &&
           std::string_view(",]} \t\r\n:[{\"").find(text_[end]) == std::string_view::npos) {
      ++end;
    }
    const std::string_view word = text_.substr(at_, end - at_);
    if (word == "null") {
      out.explicit_null = true;
    } else if (word == "true" || word == "false" || is_json_number(word)) {
      out.kind = Node::Kind::Scalar;
      out.style = Style::Literal;
      out.text = word;
    } else {
      return wrong("expected a value");
    }
    at_ = end;
    return {};
  }

  Result<void> string(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return wrong("a control character in a string");
      if (c == '"') return ++at_, Result<void>();
      if (c == '\\') {
        TRY_VOID(escape(out));
        continue;
      }
      out += c;
      ++at_;
    }
    return wrong("a string has no end");
  }

  Result<void> escape(std::string& out) {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const size_t i = kFrom.find(c); c != '\0' && i != std::string_view::npos) {
      out += kTo[i];
      at_ += 2;
      return {};
    }
    uint32_t unit = 0;
    if (c != 'u' || !hex4(at_ + 2, unit)) return wrong("an unknown escape in a string");
    at_ += 6;
    if (unit >= 0xDC00 && unit <= 0xDFFF) return wrong("half of a surrogate pair");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      uint32_t low = 0;
      if (text_.substr(at_, 2) != "\\u" || !hex4(at_ + 2, low) || low < 0xDC00 || low > 0xDFFF) {
        return wrong("half of a surrogate pair");
      }
      at_ += 6;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, unit);
    return {};
  }

  bool hex4(size_t from, uint32_t& out) const {
    if (from + 4 > text_.size()) return false;
    out = 0;
    for (char c : text_.substr(from, 4)) {
      const size_t value = std::string_view("0123456789abcdef")
                               .find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
      if (value == std::string_view::npos) return false;
      out = out << 4 | static_cast<uint32_t>(value);
    }
    return true;
  }

  static void append_utf8(std::string& out, uint32_t point) {
    const auto tail = [&](int shift) {
      out += static_cast<char>(0x80 | ((point >> shift) & 0x3F));
    };
    if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x800) {
      out += static_cast<char>(0xC0 | (point >> 6));
      tail(0);
    } else if (point < 0x10000) {
      out += static_cast<char>(0xE0 | (point >> 12));
      tail(6), tail(0);
    } else {
      out += static_cast<char>(0xF0 | (point >> 18));
      tail(12), tail(6), tail(0);
    }
  }

  std::string_view text_;
  std::shared_ptr<const Source> source_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
  size_t nodes_ = 0;
};

}  // namespace

Result<Node> parse_json(std::string_view text, std::shared_ptr<const Source> source) {
  return JsonParser(text, std::move(source)).document();
}

}  // namespace tandem::config
