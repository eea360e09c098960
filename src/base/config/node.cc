#include "base/config/node.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/config/syntax.h"
#include "base/json/writer.h"
#include "base/limits.h"
#include "base/text/utf8.h"

namespace tandem::config {
namespace {

constexpr size_t kShownBytes = 60;

std::string shortened(std::string_view text) {
  if (text.size() <= kShownBytes) return std::string(text);
  text = text.substr(0, kShownBytes);
  text.remove_suffix(text::incomplete_utf8_tail(text));
  return std::string(text) + "…";
}

bool plain_key(std::string_view key) {
  const auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), ok);
}

void write(json::Writer& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null:
      out.null();
      return;
    case Node::Kind::Scalar:
      if (node.style == Style::Quoted) {
        out.string(node.text);
      } else if (is_null_word(node.text)) {
        out.null();
      } else if (const auto flag = parse_boolean(node.text)) {
        out.boolean(*flag);
      } else if (is_json_number(node.text)) {
        out.raw(node.text);
      } else {
        out.string(node.text);
      }
      return;
    case Node::Kind::List:
      out.array();
      for (const Node& item : node.items) write(out, item);
      out.end_array();
      return;
    case Node::Kind::Map:
      out.object();
      for (size_t i = 0; i < node.items.size(); ++i) {
        out.key(node.keys[i].text);
        write(out, node.items[i]);
      }
      out.end_object();
      return;
  }
}

Result<void> check_text(std::string_view text, std::string_view name) {
  if (text.size() > limits::kMaxConfigBytes) {
    return fail(Code::PayloadTooLarge, fmt::format("{} has {} bytes; at most {} are read.", name,
                                                   text.size(), limits::kMaxConfigBytes));
  }
  size_t line = 1;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t length = text::utf8_sequence_length(rest);
    if (length == 0 || rest[0] == '\0') {
      return fail(
          Code::InvalidArgument,
          fmt::format("{}:{}: byte {} is not UTF-8 text.", name, line, text.size() - rest.size()),
          "Save the document as UTF-8.");
    }
    if (rest[0] == '\n') ++line;
    rest.remove_prefix(length);
  }
  return {};
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Node empty_mapping(std::shared_ptr<const Source> source) {
  Node node;
  node.kind = Node::Kind::Map;
  node.place = {std::move(source), 1, 1};
  return node;
}

}  // namespace

std::string Place::describe() const {
  switch (from()) {
    case From::Default:
      return "default";
    case From::File:
      return fmt::format("{}:{}", source->name, line);
    case From::Body:
      return fmt::format("line {}, column {}", line, column);
    case From::Environment:
      return "env " + source->name;
    case From::Flag:
      return "flag " + source->name;
  }
  return {};
}

const Node* Node::find(std::string_view key) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

std::string describe_found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null:
      return node.explicit_null ? "null" : "nothing";
    case Node::Kind::List:
      return "a list";
    case Node::Kind::Map:
      return "a mapping";
    case Node::Kind::Scalar:
      break;
  }
  if (node.style == Style::Quoted) return fmt::format("the text \"{}\"", shortened(node.text));
  return shortened(node.text);
}

std::string to_json(const Node& node) {
  std::string out;
  json::Writer writer(out);
  write(writer, node);
  return out;
}

void append_key(std::string& path, std::string_view key) {
  if (!plain_key(key)) {
    path += '[';
    json::append_string(path, shortened(key));
    path += ']';
    return;
  }
  if (!path.empty()) path += '.';
  path += key;
}

void append_index(std::string& path, size_t index) {
  path += fmt::format("[{}]", index);
}

Result<Node> parse_config(std::string_view text, std::string_view file_name) {
  TRY_VOID(check_text(text, file_name));
  auto source = std::make_shared<const Source>(Source{From::File, std::string(file_name)});
  if (blank(text)) return empty_mapping(std::move(source));
  if (text[text.find_first_not_of(" \t\r\n")] == '{') {
    // A flow mapping of YAML starts like JSON, so what is not JSON is tried as YAML.
    if (auto json = parse_json(text, source)) return json;
  }
  TRY(Node root, parse_yaml(text, source));
  if (root.kind == Node::Kind::Null) return empty_mapping(std::move(source));
  return root;
}

Result<Node> parse_body(std::string_view text) {
  TRY_VOID(check_text(text, "body"));
  auto source = std::make_shared<const Source>(Source{From::Body, "body"});
  if (blank(text)) return empty_mapping(std::move(source));
  return parse_json(text, std::move(source));
}

}  // namespace tandem::config
