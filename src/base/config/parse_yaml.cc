// Turns the YAML library's events into Nodes. The library throws; nothing leaves this file but
// Result. Its event interface is used, not its tree, because aliases must count against a bound.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "base/config/node.h"
#include "base/config/node_limits.h"
#include "base/config/syntax.h"

namespace tandem::config {
namespace {

// Leaves the library's parser from inside a callback.
struct Refused {
  YAML::Mark mark;
  std::string why;
};

size_t count_nodes(const Node& node) {
  size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  return count;
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::shared_ptr<const Source> source)
      : text_(text), source_(std::move(source)) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = make(mark, Node::Kind::Null);
    node.explicit_null = null_at(mark);
    add(mark, std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{mark, "an alias refers to itself"};
    count(mark, found->second.count);
    if (open_.size() + found->second.height > kMaxConfigDepth) too_deep(mark);
    add(mark, found->second.node, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(mark, Node::Kind::Scalar);
    node.style = style_of(mark, tag);
    node.text = value;
    add(mark, std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::List);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::Map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  // a key waits for its value
    std::unordered_set<std::string> seen;
    size_t height = 1;
  };
  struct Anchored {
    Node node;
    size_t count = 0;
    size_t height = 0;
  };

  // The library reports `key: null` and `key:` alike.
  bool null_at(const YAML::Mark& mark) const {
    const auto at = static_cast<size_t>(std::max(mark.pos, 0));
    const std::string_view word = at < text_.size() ? text_.substr(at, 4) : std::string_view();
    return word.substr(0, 1) == "~" || (word.size() == 4 && is_null_word(word));
  }

  [[noreturn]] static void too_deep(const YAML::Mark& mark) {
    throw Refused{mark, fmt::format("nested deeper than {} levels", kMaxConfigDepth)};
  }

  Node make(const YAML::Mark& mark, Node::Kind kind) const {
    Node node;
    node.kind = kind;
    node.place = {source_, static_cast<uint32_t>(mark.line + 1),
                  static_cast<uint32_t>(mark.column + 1)};
    return node;
  }

  void count(const YAML::Mark& mark, size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kMaxConfigNodes) {
      throw Refused{mark, fmt::format("more than {} values", kMaxConfigNodes)};
    }
  }

  static Style style_of(const YAML::Mark& mark, const std::string& tag) {
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "?") return Style::Plain;
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return Style::Quoted;
    if (tag.compare(0, kCore.size(), kCore) == 0) return Style::Plain;
    throw Refused{mark, "the tag " + tag + " is not known"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    style_of(mark, tag);
    if (open_.size() >= kMaxConfigDepth) too_deep(mark);
    Open level;
    level.node = make(mark, kind);
    level.anchor = anchor;
    open_.push_back(std::move(level));
  }

  void close() {
    Open level = std::move(open_.back());
    open_.pop_back();
    YAML::Mark mark;
    mark.line = static_cast<int>(level.node.place.line) - 1;
    mark.column = static_cast<int>(level.node.place.column) - 1;
    height_ = level.height;
    add(mark, std::move(level.node), level.anchor);
  }

  void add(const YAML::Mark& mark, Node node, YAML::anchor_t anchor) {
    count(mark, 1);
    const size_t height =
        node.kind == Node::Kind::List || node.kind == Node::Kind::Map ? height_ : size_t{1};
    if (anchor != 0) {
      // A copy is kept, so a document of anchors costs twice: the bound counts it.
      const size_t nodes = count_nodes(node);
      count(mark, nodes);
      anchors_[anchor] = {node, nodes, height};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.height = std::max(parent.height, height + 1);
    if (parent.node.kind == Node::Kind::List) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.items.push_back(std::move(node));
      parent.has_key = false;
    } else {
      add_key(mark, parent, std::move(node));
    }
  }

  static void add_key(const YAML::Mark& mark, Open& parent, Node node) {
    if (node.kind != Node::Kind::Scalar) {
      throw Refused{mark, "a key must be text, found " + describe_found(node)};
    }
    if (!parent.seen.insert(node.text).second) {
      throw Refused{mark, "the key " + node.text + " stands twice in one mapping"};
    }
    parent.node.keys.push_back({std::move(node.text), node.place});
    parent.has_key = true;
  }

  std::string_view text_;
  std::shared_ptr<const Source> source_;
  Node root_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  size_t nodes_ = 0;
  size_t height_ = 1;
};

Failure wrong(const Source& source, const YAML::Mark& mark, std::string_view why) {
  return fail(Code::InvalidArgument, fmt::format("{}:{}:{}: not valid YAML: {}.", source.name,
                                                 mark.line + 1, mark.column + 1, why));
}

}  // namespace

Result<Node> parse_yaml(std::string_view text, std::shared_ptr<const Source> source) {
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder(text, source);
    parser.HandleNextDocument(builder);
    Node root = builder.take();
    TreeBuilder second(text, source);
    if (parser.HandleNextDocument(second)) {
      const Node rest = second.take();
      return fail(Code::InvalidArgument,
                  fmt::format("{}:{}: a second document begins; one is read.", source->name,
                              rest.place.line));
    }
    return root;
  } catch (const Refused& refused) {
    return wrong(*source, refused.mark, refused.why);
  } catch (const YAML::Exception& error) {
    return wrong(*source, error.mark, error.msg);
  }
}

}  // namespace tandem::config
