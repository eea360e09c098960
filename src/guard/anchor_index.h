// Finds the anchors of all rules in one pass (Vectorscan, streaming mode), and says whether the end
// of a text may be the beginning of one. Immutable after create(); any thread. Each stream has its
// own Stream; scratch space is one per thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "guard/rule_set.h"
#include "guard/text_view.h"

struct hs_database;
struct hs_stream;

namespace tandem::guard {

struct Hit {
  uint64_t end = 0;     // offset behind the anchor's last byte
  uint16_t anchor = 0;  // index for AnchorIndex::anchor
  friend bool operator==(const Hit&, const Hit&) = default;
};

class AnchorIndex {
 public:
  struct Anchor {
    std::string_view text;
    bool caseless = false;
    std::vector<uint16_t> rules;
  };
  struct Stream;  // the matcher's state between two pieces of one text
  struct CloseStream {
    void operator()(hs_stream* stream) const;
  };
  using StreamHandle = std::unique_ptr<hs_stream, CloseStream>;

  static Result<std::unique_ptr<const AnchorIndex>> create(const RuleSet& rules);
  ~AnchorIndex();

  const Anchor& anchor(size_t index) const { return anchors_[index]; }
  size_t size() const { return anchors_.size(); }

  Result<StreamHandle> open() const;
  // Appends the anchors that end within `piece` to `hits`, ordered by end, each once. `offset` is
  // where `piece` begins in the text, but the matcher counts for itself: pieces come in order.
  Result<void> scan(hs_stream* stream, std::string_view piece, std::vector<Hit>& hits) const;

  // The first offset that would belong to a secret if the text went on with the rest of an anchor
  // of a rule in `rules`; text.end() where there is none.
  uint64_t partial_begin(const TextView& text, const RuleMask& rules) const;
  size_t longest_held() const { return longest_held_; }

  size_t memory_bytes() const;

 private:
  // A trie of the anchors that are held back while they come, by first child and next sibling.
  static size_t pair_of(char first, char second) {
    return static_cast<size_t>(static_cast<unsigned char>(first)) << 8 |
           static_cast<unsigned char>(second);
  }
  struct Node {
    char byte = 0;
    uint16_t child = 0;
    uint16_t sibling = 0;
    std::vector<uint16_t> rules;
  };

  AnchorIndex() = default;
  Result<void> compile();
  void add_held(std::string_view anchor, uint16_t rule);
  uint16_t find_child(uint16_t node, char byte) const;

  const RuleSet* rules_ = nullptr;
  std::vector<Anchor> anchors_;
  std::vector<Node> nodes_;
  uint16_t roots_[256] = {};
  std::bitset<65536> pairs_;  // that held anchors longer than two bytes begin with
  size_t longest_held_ = 0;
  hs_database* database_ = nullptr;
  uint64_t id_ = 0;
};

}  // namespace tandem::guard
