#include "engines/tokenizer/trie.h"

#include <algorithm>
#include <deque>

namespace tandem::engines::tokenizer {

// Places nodes breadth first: the keys below a node are a range of the sorted keys.
struct Trie::Builder {
  struct Pending {
    uint32_t node;
    size_t begin, end, depth;
  };
  struct Child {
    unsigned char byte;
    size_t begin, end;
  };

  const std::vector<std::pair<std::string_view, int32_t>>& keys;
  std::vector<Cell> cells;
  uint32_t first_free = 1;

  bool fits(uint32_t base, const std::vector<Child>& children) const {
    for (const Child& child : children) {
      const size_t at = size_t{base} + child.byte;
      if (at < cells.size() && cells[at].parent != kFree) return false;
    }
    return true;
  }

  uint32_t find_base(const std::vector<Child>& children) {
    while (first_free < cells.size() && cells[first_free].parent != kFree) ++first_free;
    const uint32_t low = children.front().byte;
    uint32_t base = first_free > low ? first_free - low : 1;
    while (!fits(base, children)) ++base;
    // Crowded ground is left behind, so that building stays linear.
    if (base + low > first_free + 4096) first_free += 1024;
    return base;
  }

  void place(const Pending& pending, std::deque<Pending>& todo) {
    std::vector<Child> children;
    size_t i = pending.begin;
    if (keys[i].first.size() == pending.depth) cells[pending.node].id = keys[i++].second;
    while (i < pending.end) {
      const auto byte = static_cast<unsigned char>(keys[i].first[pending.depth]);
      const size_t begin = i;
      while (i < pending.end && static_cast<unsigned char>(keys[i].first[pending.depth]) == byte) {
        ++i;
      }
      children.push_back({byte, begin, i});
    }
    if (children.empty()) return;
    const uint32_t base = find_base(children);
    cells[pending.node].base = base;
    if (cells.size() < size_t{base} + 256) cells.resize(size_t{base} + 256);
    for (const Child& child : children) {
      cells[base + child.byte].parent = pending.node;
      todo.push_back({base + child.byte, child.begin, child.end, pending.depth + 1});
    }
  }
};

Trie Trie::build(std::vector<std::pair<std::string_view, int32_t>> keys) {
  std::sort(keys.begin(), keys.end());
  Builder builder{keys, std::vector<Cell>(1), 1};
  builder.cells[0].parent = 0;  // the root, where no byte leads: bases are 1 and up
  std::deque<Builder::Pending> todo;
  if (!keys.empty()) todo.push_back({0, 0, keys.size(), 0});
  while (!todo.empty()) {
    const Builder::Pending pending = todo.front();
    todo.pop_front();
    builder.place(pending, todo);
  }
  Trie trie;
  trie.cells_ = std::move(builder.cells);
  trie.cells_.shrink_to_fit();
  return trie;
}

}  // namespace tandem::engines::tokenizer
