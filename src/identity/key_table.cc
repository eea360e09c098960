#include "identity/key_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tandem::identity {

// Open addressing over pointers, at most half full.
struct KeyTable::Shard {
  std::vector<std::shared_ptr<const KeyEntry>> slots;

  static size_t start_of(const KeyHash& hash) {
    size_t value;
    std::memcpy(&value, hash.data() + 8, sizeof value);
    return value;
  }

  const KeyEntry* find(const KeyHash& hash) const {
    if (slots.empty()) return nullptr;
    const size_t mask = slots.size() - 1;
    for (size_t i = start_of(hash) & mask; slots[i]; i = (i + 1) & mask) {
      if (crypto::equal(slots[i]->hash, hash)) return slots[i].get();
    }
    return nullptr;
  }

  void add(std::shared_ptr<const KeyEntry> entry) {
    const size_t mask = slots.size() - 1;
    size_t i = start_of(entry->hash) & mask;
    while (slots[i]) i = (i + 1) & mask;
    slots[i] = std::move(entry);
  }
};

struct KeyTable::Shards {
  std::array<std::shared_ptr<const Shard>, kShards> by_byte;
};

namespace {

size_t shard_index(const KeyHash& hash) {
  return hash[0];
}

}  // namespace

KeyTable::KeyTable() {
  auto empty = std::make_shared<Shards>();
  empty->by_byte.fill(std::make_shared<const Shard>());
  shards_.publish(std::move(empty));
}

KeyTable::~KeyTable() = default;

std::shared_ptr<const KeyEntry> KeyTable::find(const KeyHash& hash) const {
  auto shards = shards_.get();
  const KeyEntry* entry = shards->by_byte[shard_index(hash)]->find(hash);
  if (!entry) return nullptr;
  return {std::move(shards), entry};  // the snapshot keeps the entry
}

std::shared_ptr<const KeyEntry> KeyTable::find(const KeyId& id) const {
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(id);
  return known == known_.end() ? nullptr : known->second.entry;
}

bool KeyTable::apply_one(Change change, std::array<bool, kShards>& touched) {
  Known& known = known_[change.id];
  if (change.sequence < known.sequence) return false;
  known.sequence = change.sequence;
  if (known.entry) {
    const size_t old = shard_index(known.entry->hash);
    std::erase(members_[old], change.id);
    touched[old] = true;
  }
  if (!change.entry) {
    known.entry = nullptr;
    return true;
  }
  auto entry = std::make_shared<KeyEntry>(*std::move(change.entry));
  if (known.entry && known.entry->use) entry->use = known.entry->use;
  if (!entry->use) entry->use = std::make_shared<KeyUseTime>();
  const size_t shard = shard_index(entry->hash);
  members_[shard].push_back(change.id);
  touched[shard] = true;
  known.entry = std::move(entry);
  return true;
}

std::shared_ptr<const KeyTable::Shards> KeyTable::rebuilt(
    const std::array<bool, kShards>& touched) const {
  auto next = std::make_shared<Shards>(*shards_.get());
  for (size_t i = 0; i < kShards; ++i) {
    if (!touched[i]) continue;
    auto shard = std::make_shared<Shard>();
    if (!members_[i].empty()) shard->slots.resize(std::bit_ceil(members_[i].size() * 2));
    for (const KeyId& id : members_[i]) shard->add(known_.at(id).entry);
    next->by_byte[i] = std::move(shard);
  }
  return next;
}

void KeyTable::apply(std::vector<Change> changes) {
  const std::lock_guard lock(mutex_);
  std::array<bool, kShards> touched{};
  bool any = false;
  for (Change& change : changes) any |= apply_one(std::move(change), touched);
  if (any) shards_.publish(rebuilt(touched));
}

size_t KeyTable::size() const {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& members : members_) count += members.size();
  return count;
}

std::vector<std::pair<KeyId, WallUs>> KeyTable::take_used() {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<KeyId, WallUs>> out;
  for (const auto& members : members_) {
    for (const KeyId& id : members) {
      KeyUseTime& use = *known_.at(id).entry->use;
      const WallUs last = use.last_us.load(std::memory_order_relaxed);
      if (last > use.stored_us.exchange(last, std::memory_order_relaxed))
        out.emplace_back(id, last);
    }
  }
  return out;
}

}  // namespace tandem::identity
