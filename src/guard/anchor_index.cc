#include "guard/anchor_index.h"

#include <hs/hs.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "base/text/encode.h"
#include "guard/errors.h"

namespace tandem::guard {
namespace {

// One scratch per thread, grown for every index that the thread meets.
class Scratch {
 public:
  ~Scratch() { hs_free_scratch(scratch_); }

  hs_scratch_t* get(const hs_database_t* database, uint64_t id) {
    if (id != last_id_) {
      if (hs_alloc_scratch(database, &scratch_) != HS_SUCCESS) return nullptr;
      last_id_ = id;
    }
    return scratch_;
  }

 private:
  hs_scratch_t* scratch_ = nullptr;
  uint64_t last_id_ = 0;
};

thread_local Scratch scratch_of_thread;

int collect(unsigned int id, unsigned long long, unsigned long long to, unsigned int, void* out) {
  static_cast<std::vector<Hit>*>(out)->push_back({to, static_cast<uint16_t>(id)});
  return 0;
}

bool before(const Hit& a, const Hit& b) {
  return a.end != b.end ? a.end < b.end : a.anchor < b.anchor;
}

}  // namespace

void AnchorIndex::CloseStream::operator()(hs_stream* stream) const {
  hs_close_stream(stream, nullptr, nullptr, nullptr);
}

AnchorIndex::~AnchorIndex() {
  hs_free_database(database_);
}

Result<std::unique_ptr<const AnchorIndex>> AnchorIndex::create(const RuleSet& rules) {
  static std::atomic<uint64_t> next_id{1};
  std::unique_ptr<AnchorIndex> index(new AnchorIndex());
  index->rules_ = &rules;
  index->id_ = next_id.fetch_add(1);
  index->nodes_.emplace_back();  // 0 stands for none
  for (size_t r = 0; r < rules.size(); ++r) {
    const Rule& rule = rules.rule(r);
    for (const std::string_view text : rule.anchor_list()) {
      const auto same = [&](const Anchor& anchor) {
        return anchor.caseless == rule.caseless && anchor.text == text;
      };
      auto found = std::find_if(index->anchors_.begin(), index->anchors_.end(), same);
      if (found == index->anchors_.end()) {
        index->anchors_.push_back({text, rule.caseless, {}});
        found = index->anchors_.end() - 1;
      }
      found->rules.push_back(static_cast<uint16_t>(r));
      const bool held = rule.shape == Shape::Token || rule.shape == Shape::PrivateKey;
      if (held && !rule.keep_anchor && rule.keep < text.size())
        index->add_held(text, static_cast<uint16_t>(r));
    }
  }
  TRY_VOID(index->compile());
  return std::unique_ptr<const AnchorIndex>(std::move(index));
}

Result<void> AnchorIndex::compile() {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  std::vector<unsigned> flags, ids;
  for (size_t i = 0; i < anchors_.size(); ++i) {
    texts.push_back(anchors_[i].text.data());
    sizes.push_back(anchors_[i].text.size());
    flags.push_back(anchors_[i].caseless ? HS_FLAG_CASELESS : 0);
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_compile_error_t* error = nullptr;
  const hs_error_t code = hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(),
                                               static_cast<unsigned>(texts.size()), HS_MODE_STREAM,
                                               nullptr, &database_, &error);
  if (code == HS_SUCCESS) return {};
  const std::string why = error != nullptr ? error->message : "unknown reason";
  hs_free_compile_error(error);
  return fail(errors::no_matcher(why));
}

void AnchorIndex::add_held(std::string_view anchor, uint16_t rule) {
  longest_held_ = std::max(longest_held_, anchor.size());
  if (anchor.size() > 2) pairs_.set(pair_of(anchor[0], anchor[1]));
  uint16_t* link = &roots_[static_cast<unsigned char>(anchor[0])];
  // The last byte needs no node: a whole anchor is a hit, not a partial one.
  for (size_t i = 0; i + 1 < anchor.size(); ++i) {
    while (*link != 0 && nodes_[*link].byte != anchor[i]) link = &nodes_[*link].sibling;
    if (*link == 0) {
      const auto created = static_cast<uint16_t>(nodes_.size());
      *link = created;
      nodes_.emplace_back();
      nodes_[created].byte = anchor[i];
      link = &nodes_[created].child;
      nodes_[created].rules.push_back(rule);
      continue;
    }
    Node& node = nodes_[*link];
    if (node.rules.back() != rule) node.rules.push_back(rule);
    link = &node.child;
  }
}

uint16_t AnchorIndex::find_child(uint16_t node, char byte) const {
  uint16_t child = nodes_[node].child;
  while (child != 0 && nodes_[child].byte != byte) child = nodes_[child].sibling;
  return child;
}

Result<AnchorIndex::StreamHandle> AnchorIndex::open() const {
  hs_stream_t* stream = nullptr;
  if (hs_open_stream(database_, 0, &stream) != HS_SUCCESS) return fail(errors::no_memory());
  return StreamHandle(stream);
}

Result<void> AnchorIndex::scan(hs_stream* stream, std::string_view piece,
                               std::vector<Hit>& hits) const {
  hs_scratch_t* scratch = scratch_of_thread.get(database_, id_);
  if (scratch == nullptr) return fail(errors::no_memory());
  const size_t old = hits.size();
  const auto size = static_cast<unsigned>(piece.size());
  if (hs_scan_stream(stream, piece.data(), size, 0, scratch, collect, &hits) != HS_SUCCESS) {
    return fail(errors::no_memory());
  }
  const auto first = hits.begin() + static_cast<std::ptrdiff_t>(old);
  if (!std::is_sorted(first, hits.end(), before)) std::sort(first, hits.end(), before);
  hits.erase(std::unique(first, hits.end()), hits.end());
  return {};
}

uint64_t AnchorIndex::partial_begin(const TextView& text, const RuleMask& rules) const {
  const uint64_t end = text.end();
  const uint64_t reach = longest_held_ - 1;
  uint64_t first = end;
  uint64_t start = std::max(text.begin(), end - std::min(end, reach));
  for (; start < first; ++start) {
    uint16_t node = roots_[static_cast<unsigned char>(text.at(start))];
    if (node == 0) continue;
    // Two bytes tell nearly every place where no anchor begins.
    if (start + 1 < end && !pairs_.test(pair_of(text.at(start), text.at(start + 1)))) continue;
    for (uint64_t i = start + 1; node != 0 && i < end; ++i) node = find_child(node, text.at(i));
    if (node == 0) continue;
    const bool edge = at_edge(text, start);
    for (const uint16_t index : nodes_[node].rules) {
      const Rule& rule = rules_->rule(index);
      if (rules.test(index) && (edge || rule.joined)) first = std::min(first, start + rule.keep);
    }
  }
  return first;
}

size_t AnchorIndex::memory_bytes() const {
  size_t database = 0;
  hs_database_size(database_, &database);
  size_t trie = nodes_.capacity() * sizeof(Node);
  for (const Node& node : nodes_) trie += node.rules.capacity() * sizeof(uint16_t);
  return database + trie + sizeof(*this);
}

}  // namespace tandem::guard
