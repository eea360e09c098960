// TextBlocks: the writing half of the text search. Spans with text join the open block of their
// project; a block is closed at 256 spans, or earlier where its filter fills up. Only then its
// filter is stored: until then, and after a crash, the block has none and every search reads it.
// Owned by the batch writer, one thread. (The reading half is text_search.h.)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/db.h"
#include "trace/gram_filter.h"
#include "trace/types.h"

namespace tandem::trace {

// Ids of spans as they are stored in a block: key and number apart, keys as differences.
std::string encode_span_ids(std::span<const int64_t> ids);
std::vector<int64_t> decode_span_ids(std::span<const uint8_t> bytes);  // stops at damage

class TextBlocks {
 public:
  TextBlocks();
  // Forgets every open block; what was saved of them stays valid.
  void reset(int64_t next_block);
  // Adds a span that is stored under `span_id`. Without text it is passed over.
  void add(int64_t project_no, int64_t span_id, const Span& span);
  // Writes every block that changed.
  Result<void> save(store::Connection& connection);
  int64_t next_block() const { return next_block_; }

 private:
  struct Block {
    int64_t id = 0;
    bool stored = false;
    bool changed = false;
    WallUs last_start_us = INT64_MIN;
    size_t text_bytes = 0;
    size_t looked_at_bytes = 0;  // when `full` was found out
    bool full = false;
    std::vector<int64_t> spans;
    GramMarks marks;
    // Hashes of texts that are in `marks`, each at its place: system prompts and what was said
    // before come with every call of a conversation, and need not be marked again.
    std::vector<uint64_t> known = std::vector<uint64_t>(kKnownTexts);
    bool closed() const { return full || spans.size() >= 256; }
  };

  static constexpr size_t kKnownTexts = 512;

  Block& open_block(int64_t project_no);
  uint64_t hash_of(std::string_view text) const;
  void add_text(Block& block, std::string_view text) const;
  enum class Save : uint8_t { WithFilter, SpansOnly };
  static Result<void> save_block(store::Connection& connection, int64_t project_no, Block& block,
                                 Save what);
  Result<void> save_project(store::Connection& connection, int64_t project_no,
                            std::vector<Block>& blocks);

  const uint64_t seed_;  // so that nobody can make two texts with one hash
  int64_t next_block_ = 1;
  std::unordered_map<int64_t, std::vector<Block>> blocks_;  // per project; the last one is open
  std::vector<int64_t> changed_;                            // projects of this batch
};

}  // namespace tandem::trace
