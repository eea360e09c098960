#include "base/json/validate.h"

#include "base/text/utf8.h"

namespace tandem::json {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool hex_digit(char c) {
  return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Walks the text without recursion: `open_` remembers which brackets are open.
class Validator {
 public:
  Validator(std::string_view text, size_t max_depth) : text_(text), max_depth_(max_depth) {}

  bool run() {
    while (true) {
      if (!value()) return false;
      if (entered_) continue;  // an opened array or object goes on with its first member
      if (!close_finished()) return false;
      if (open_.empty()) break;
    }
    spaces();
    return at_ == text_.size();
  }

 private:
  bool end() const { return at_ == text_.size(); }
  bool take(char c) {
    if (end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void spaces() {
    while (!end() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool value() {
    entered_ = false;
    spaces();
    if (end()) return false;
    switch (text_[at_]) {
      case '{':
        return enter('{');
      case '[':
        return enter('[');
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  // Opens a bracket and reads up to the place of its first value; an empty one is closed at once.
  bool enter(char bracket) {
    if (open_.size() >= max_depth_) return false;
    ++at_;
    spaces();
    if (take(bracket == '{' ? '}' : ']')) return true;
    open_ += bracket;
    entered_ = true;
    return bracket == '[' || member_name();
  }

  // After a value: closes every bracket that ends here, then passes the comma to the next value.
  bool close_finished() {
    while (!open_.empty()) {
      spaces();
      const bool object = open_.back() == '{';
      if (take(object ? '}' : ']')) {
        open_.pop_back();
        continue;
      }
      return take(',') && (!object || member_name());
    }
    return true;
  }

  bool member_name() {
    spaces();
    if (!string()) return false;
    spaces();
    return take(':');
  }

  bool string() {
    if (!take('"')) return false;
    while (!end()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') {
        ++at_;
        return true;
      }
      if (byte < 0x20) return false;
      if (byte == '\\') {
        if (!escape()) return false;
      } else if (byte < 0x80) {
        ++at_;
      } else {
        const size_t length = text::utf8_sequence_length(text_.substr(at_));
        if (length == 0) return false;
        at_ += length;
      }
    }
    return false;
  }

  bool escape() {
    ++at_;
    if (end()) return false;
    const char c = text_[at_++];
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (end() || !hex_digit(text_[at_])) return false;
    }
    return true;
  }

  bool digits() {
    const size_t start = at_;
    while (!end() && digit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  std::string_view text_;
  size_t max_depth_;
  size_t at_ = 0;
  std::string open_;
  bool entered_ = false;
};

}  // namespace

bool is_valid(std::string_view text, size_t max_depth) {
  return Validator(text, max_depth).run();
}

}  // namespace tandem::json
