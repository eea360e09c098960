// Node: a parsed YAML or JSON document as a small tree of our own, so that no other header needs
// the YAML library. Every node knows where it stands; scalars keep their text, so that decimals
// stay exact. Plain values, any thread.
//   TRY(config::Node root, config::parse_config(text, "tandem.yaml"));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem::config {

enum class From : uint8_t { Default, File, Body, Environment, Flag };

struct Source {
  From from = From::Default;
  std::string name;  // of the file, the variable or the flag
};

// Where a value stands. Lines and columns count from 1, columns in bytes; 0 means unknown.
struct Place {
  std::shared_ptr<const Source> source;  // null: default
  uint32_t line = 0;
  uint32_t column = 0;

  From from() const { return source ? source->from : From::Default; }
  // "default", "tandem.yaml:12", "env TANDEM_LISTEN", "flag --listen", "line 1, column 40".
  std::string describe() const;
};

// Plain: unquoted YAML, which may be text or a number. Literal: a JSON number or boolean.
enum class Style : uint8_t { Plain, Quoted, Literal };

struct Node {
  enum class Kind : uint8_t { Null, Scalar, List, Map };
  struct Key {
    std::string text;
    Place place;
  };

  Kind kind = Kind::Null;
  Style style = Style::Plain;
  bool explicit_null = false;  // `null` was written, not left out
  std::string text;            // Scalar
  std::vector<Key> keys;       // Map: keys[i] belongs to items[i]; no key twice
  std::vector<Node> items;     // List and Map
  Place place;

  const Node* find(std::string_view key) const;
};

// One short phrase for error messages: `the text "abc"`, `12`, `a list`, `a mapping`, `nothing`.
std::string describe_found(const Node& node);

// The node as JSON; plain YAML scalars that look like null, booleans or JSON numbers become those.
std::string to_json(const Node& node);

// A child's path below `path`: `.name`, `["odd.name"]`; and `[3]`.
void append_key(std::string& path, std::string_view key);
void append_index(std::string& path, size_t index);

// Strict JSON (RFC 8259): for the bodies of the API. An error names line and column.
Result<Node> parse_json(std::string_view text, std::shared_ptr<const Source> source);

// YAML 1.2 of one document; aliases are expanded within a bound, foreign tags are refused.
Result<Node> parse_yaml(std::string_view text, std::shared_ptr<const Source> source);

// JSON where it is JSON, else YAML. An empty document is an empty mapping.
Result<Node> parse_config(std::string_view text, std::string_view file_name);

// The body of an API request: JSON only; empty is an empty mapping.
Result<Node> parse_body(std::string_view text);

}  // namespace tandem::config
