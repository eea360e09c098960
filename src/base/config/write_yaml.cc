#include <algorithm>

#include "base/config/syntax.h"
#include "base/config/write.h"

namespace tandem::config {
namespace {

constexpr size_t kCommentColumn = 48;

// Text that YAML reads back as the same text without quotes.
bool plain(std::string_view text) {
  const auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./-:").find(c) != std::string_view::npos;
  };
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  // Booleans of YAML 1.1, for the other readers of the output.
  constexpr std::string_view kWords[] = {"yes", "no", "on", "off", "y", "n"};
  return !text.empty() && (letter(text[0]) || text[0] == '/') && text.back() != ':' &&
         std::all_of(text.begin(), text.end(), ok) && !is_null_word(text) && !parse_boolean(text) &&
         std::find(std::begin(kWords), std::end(kWords), text) == std::end(kWords);
}

std::string spelled(std::string_view text) {
  if (plain(text)) return std::string(text);
  std::string out;
  json::append_string(out, text);
  return out;
}

class Printer {
 public:
  explicit Printer(const Origins& origins) : origins_(origins) {}

  std::string take() { return std::move(out_); }

  // Writes `value` after what stands on the line already: a key with its colon, or "-".
  void value(const Type& type, const void* value, size_t indent) {
    switch (type.kind()) {
      case Kind::Optional:
        return optional(static_cast<const OptionalType&>(type), value, indent);
      case Kind::List:
        return list(static_cast<const ListType&>(type), value, indent);
      case Kind::Map:
        return map(static_cast<const MapType&>(type), value, indent);
      case Kind::Struct:
        return structure(static_cast<const StructType&>(type), value, indent);
      case Kind::Any:
        return leaf(static_cast<const AnyType&>(type).json(value));
      default: {
        const auto& scalar = static_cast<const ScalarType&>(type);
        if (scalar.absent(value)) return leaf("null");
        const std::string text = scalar.print(value);
        return leaf(scalar.quoted() ? spelled(text) : text);
      }
    }
  }

 private:
  void leaf(const std::string& text) {
    if (line_start_ < out_.size()) out_ += ' ';
    out_ += text;
    const size_t width = out_.size() - line_start_;
    out_.append(width < kCommentColumn ? kCommentColumn - width : 1, ' ');
    out_ += "# " + origin();
    new_line();
  }

  std::string origin() const {
    const auto found = origins_.find(path_);
    return found == origins_.end() ? "default" : found->second.describe();
  }

  void new_line() {
    out_ += '\n';
    line_start_ = out_.size();
  }

  void optional(const OptionalType& type, const void* value_, size_t indent) {
    const void* item = type.get(value_);
    item ? value(type.item(), item, indent) : leaf("null");
  }

  void list(const ListType& type, const void* value_, size_t indent) {
    const size_t count = type.size(value_);
    if (count == 0) return leaf("[]");
    new_line();
    for (size_t i = 0; i < count; ++i) {
      out_.append(indent, ' ');
      out_ += '-';
      const size_t length = path_.size();
      append_index(path_, i);
      value(type.item(), type.at(value_, i), indent + 2);
      path_.resize(length);
    }
  }

  void map(const MapType& type, const void* value_, size_t indent) {
    const auto keys = type.keys(value_);
    if (keys.empty()) return leaf("{}");
    begin_block();
    for (const std::string& key : keys) {
      entry(key, type.item(), type.find(value_, key), indent);
    }
  }

  void structure(const StructType& type, const void* value_, size_t indent) {
    if (type.fields().empty()) return leaf("{}");
    begin_block();
    for (const Field& field : type.fields()) {
      entry(field.name, *field.type, field.get(value_), indent);
    }
  }

  void entry(const std::string& key, const Type& type, const void* value_, size_t indent) {
    // The first entry of a list item stands on the line of its dash.
    if (line_start_ == out_.size()) {
      out_.append(indent, ' ');
    } else {
      out_ += ' ';
    }
    out_ += spelled(key) + ":";
    const size_t length = path_.size();
    append_key(path_, key);
    value(type, value_, indent + 2);
    path_.resize(length);
  }

  void begin_block() {
    const bool after_dash = !out_.empty() && out_.back() == '-';
    if (line_start_ < out_.size() && !after_dash) new_line();
  }

  const Origins& origins_;
  std::string out_;
  std::string path_;
  size_t line_start_ = 0;
};

}  // namespace

std::string print_yaml(const Type& type, const void* value, const Origins& origins) {
  Printer printer(origins);
  printer.value(type, value, 0);
  return printer.take();
}

}  // namespace tandem::config
