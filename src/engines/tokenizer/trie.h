// A double-array trie (Aoe, 1989) from byte strings to ids: longest-prefix matching at one memory
// access a byte. Built once from sorted keys, then constant; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::engines::tokenizer {

class Trie {
 public:
  struct Match {
    int32_t id = -1;  // -1: no key is a prefix
    size_t length = 0;
  };

  // Keys may not repeat; ids are 0 or more.
  static Trie build(std::vector<std::pair<std::string_view, int32_t>> keys);

  // The longest key that `text` starts with.
  Match longest_prefix(std::string_view text) const {
    Match best;
    uint32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const uint32_t next = cells_[node].base + static_cast<unsigned char>(text[i]);
      if (next >= cells_.size() || cells_[next].parent != node) break;
      node = next;
      if (cells_[node].id >= 0) best = {cells_[node].id, i + 1};
    }
    return best;
  }

  size_t size_bytes() const { return cells_.size() * sizeof(Cell); }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;
  struct Cell {
    uint32_t base = 1;        // where its children begin; 1 and up
    uint32_t parent = kFree;  // the node that may come here
    int32_t id = -1;
  };
  struct Builder;

  std::vector<Cell> cells_;
};

}  // namespace tandem::engines::tokenizer
