#include "gateway/responses/links.h"

#include "base/json/walk.h"

namespace tandem::gateway::responses {
namespace {

using json::Kind;
using json::Path;
using json::Token;

class Reader final : public json::Visitor {
 public:
  explicit Reader(Links& links) : links_(links) {}

  Result<void> open(Path path, bool object, size_t at) override {
    if (path.size() == 1 && path[0].key == "input" && !object) {
      links_.input = {at, 1};
      links_.input_is_list = true;
    }
    if (is_item(path)) {
      begin_ = at;
      id_.clear();
      is_reference_ = false;
    }
    return {};
  }

  void close(Path path, size_t at) override {
    if (!is_item(path) || !is_reference_ || id_.empty()) return;
    links_.references.push_back({id_, {begin_, at + 1 - begin_}});
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    if (kind != Kind::String) return {};
    if (path.size() == 1 && path[0].key == "previous_response_id") links_.previous_id = text;
    if (path.size() == 1 && path[0].key == "input") links_.input = token;
    if (path.size() == 3 && path[0].key == "input") {
      if (path[2].key == "id") id_ = text;
      if (path[2].key == "type") is_reference_ = text == "item_reference";
    }
    return {};
  }

  bool wants(Path path) override {
    return path.size() <= 3 && (path.empty() || path[0].key == "input" || path.size() == 1);
  }

 private:
  static bool is_item(Path path) {
    return path.size() == 2 && path[0].key == "input" && !path[1].is_key;
  }
  Links& links_;
  size_t begin_ = 0;
  std::string id_;
  bool is_reference_ = false;
};

}  // namespace

Links links_of(std::string& body) {
  Links links;
  Reader reader(links);
  if (!json::walk(body, reader)) return {};
  return links;
}

std::string expand(const std::string& body, const Links& links,
                   const std::vector<std::string>& earlier, const std::vector<std::string>& items) {
  json::Edits edits;
  for (size_t i = 0; i < links.references.size() && i < items.size(); ++i) {
    edits.replace(links.references[i].token, items[i]);
  }
  if (earlier.empty() || links.input.length == 0) return edits.apply(body);
  std::string front;
  for (const std::string& item : earlier) {
    if (!front.empty()) front += ',';
    front += item;
  }
  if (links.input_is_list) {
    const size_t inside = links.input.end();
    const size_t next = body.find_first_not_of(" \t\r\n", inside);
    const bool empty = next != std::string::npos && body[next] == ']';
    edits.insert(inside, empty ? front : front + ",");
  } else {
    edits.replace(links.input, "[" + front + R"(,{"type":"message","role":"user","content":)" +
                                   std::string(links.input.in(body)) + "}]");
  }
  return edits.apply(body);
}

}  // namespace tandem::gateway::responses
