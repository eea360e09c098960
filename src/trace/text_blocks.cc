#include "trace/text_blocks.h"

#include <cstring>
#include <random>

#include "trace/rows.h"
#include "trace/search_text.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

using store::Statement;

constexpr Statement kInsert{
    "text_blocks.insert",
    "INSERT INTO text_blocks (id, project_no, last_start_us, spans, filter) "
    "VALUES (?, ?, ?, ?, ?)"};
constexpr Statement kUpdate{
    "text_blocks.update",
    "UPDATE text_blocks SET last_start_us = ?, spans = ?, filter = ? WHERE id = ?"};

// Open blocks that are kept in memory, 64 KiB each; with more projects than that, blocks end early.
constexpr size_t kMaxOpenBlocks = 256;
// How much text is added before the filter is looked at again, which may be full by then.
constexpr size_t kLookEveryBytes = 128 * 1024;
// Shorter texts are marked faster than they are looked up.
constexpr size_t kLeastHashed = 64;
constexpr size_t kHashedAtOnce = 16;
constexpr int64_t kNumberMask = (int64_t{1} << kSpanNumberBits) - 1;

uint64_t random_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

uint64_t load(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

uint64_t folded_product(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

std::string encode_span_ids(std::span<const int64_t> ids) {
  std::string out;
  int64_t last_key = 0;
  for (const int64_t id : ids) {
    const int64_t key = key_of_span_id(id);
    wire::put_varint(out, wire::zigzag(key - last_key));
    wire::put_varint(out, static_cast<uint64_t>(id & kNumberMask));
    last_key = key;
  }
  return out;
}

std::vector<int64_t> decode_span_ids(std::span<const uint8_t> bytes) {
  std::vector<int64_t> ids;
  uint64_t numbers[2] = {0, 0};
  int which = 0;
  unsigned shift = 0;
  uint64_t key = 0;
  for (const uint8_t byte : bytes) {
    if (shift > 63) break;
    numbers[which] |= uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    shift = 0;
    if (which == 0) {
      which = 1;
      continue;
    }
    key += static_cast<uint64_t>(wire::unzigzag(numbers[0]));
    ids.push_back(static_cast<int64_t>(key << kSpanNumberBits | (numbers[1] & kNumberMask)));
    numbers[0] = numbers[1] = 0;
    which = 0;
  }
  return ids;
}

void TextBlocks::reset(int64_t next_block) {
  blocks_.clear();
  changed_.clear();
  next_block_ = next_block;
}

TextBlocks::Block& TextBlocks::open_block(int64_t project_no) {
  std::vector<Block>& blocks = blocks_[project_no];
  if (blocks.empty() || blocks.back().closed()) blocks.emplace_back().id = next_block_++;
  return blocks.back();
}

TextBlocks::TextBlocks() : seed_(random_seed()) {}

// Multiplies and folds sixteen bytes at a time, as wyhash does; the last ones twice where the
// length is not a multiple.
uint64_t TextBlocks::hash_of(std::string_view text) const {
  uint64_t hash = seed_ ^ text.size();
  const char* last = text.data() + text.size() - kHashedAtOnce;
  for (const char* at = text.data(); at < last; at += kHashedAtOnce) {
    hash = folded_product(load(at) ^ seed_, load(at + 8) ^ hash);
  }
  return folded_product(load(last) ^ seed_, load(last + 8) ^ hash);
}

void TextBlocks::add_text(Block& block, std::string_view text) const {
  if (text.size() >= kLeastHashed) {
    const uint64_t hash = hash_of(text);
    uint64_t& known = block.known[hash % kKnownTexts];
    if (known == hash) return;
    known = hash;
  }
  block.marks.add(text);
  block.text_bytes += text.size();
  if (block.text_bytes - block.looked_at_bytes < kLookEveryBytes) return;
  block.looked_at_bytes = block.text_bytes;
  block.full = block.marks.filter().full();
}

void TextBlocks::add(int64_t project_no, int64_t span_id, const Span& span) {
  Block* block = nullptr;
  each_search_text(span, [&](std::string_view text) {
    if (block == nullptr) block = &open_block(project_no);
    add_text(*block, text);
  });
  if (block == nullptr) return;
  block->spans.push_back(span_id);
  block->last_start_us = std::max(block->last_start_us, span.start_us);
  if (!block->changed && (changed_.empty() || changed_.back() != project_no)) {
    changed_.push_back(project_no);
  }
  block->changed = true;
}

Result<void> TextBlocks::save_block(store::Connection& connection, int64_t project_no, Block& block,
                                    Save what) {
  const std::string spans = encode_span_ids(block.spans);
  const std::string filter = what == Save::WithFilter ? block.marks.filter().encode() : "";
  int64_t updated = 0;
  if (block.stored) {
    TRY(updated, connection.run(kUpdate, {block.last_start_us, wire::as_bytes(spans),
                                          wire::as_bytes(filter), block.id}));
  }
  // Not there yet, or deleted for its age while it was open.
  if (updated == 0) {
    TRY_VOID(connection.run(kInsert, {block.id, project_no, block.last_start_us,
                                      wire::as_bytes(spans), wire::as_bytes(filter)}));
  }
  block.stored = true;
  block.changed = false;
  return {};
}

Result<void> TextBlocks::save_project(store::Connection& connection, int64_t project_no,
                                      std::vector<Block>& blocks) {
  for (Block& block : blocks) {
    if (!block.changed) continue;
    const Save what = block.closed() ? Save::WithFilter : Save::SpansOnly;
    TRY_VOID(save_block(connection, project_no, block, what));
  }
  // The closed ones are done.
  if (blocks.back().closed()) {
    blocks.clear();
  } else if (blocks.size() > 1) {
    blocks.erase(blocks.begin(), blocks.end() - 1);
  }
  return {};
}

Result<void> TextBlocks::save(store::Connection& connection) {
  for (const int64_t project_no : changed_) {
    const auto found = blocks_.find(project_no);
    if (found == blocks_.end() || found->second.empty()) continue;
    TRY_VOID(save_project(connection, project_no, found->second));
    if (found->second.empty()) blocks_.erase(found);
  }
  changed_.clear();
  if (blocks_.size() <= kMaxOpenBlocks) return {};
  for (auto& [project_no, blocks] : blocks_) {
    for (Block& block : blocks) {
      TRY_VOID(save_block(connection, project_no, block, Save::WithFilter));
    }
  }
  blocks_.clear();
  return {};
}

}  // namespace tandem::trace
