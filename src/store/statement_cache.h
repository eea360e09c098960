// StatementCache: the prepared statements of one session, by SQL text; the longest unused one goes
// first. Statements that run often are constants, so the text's address mostly finds the entry
// without hashing hundreds of bytes. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tandem::store {

template <class Value>
class StatementCache {
 public:
  explicit StatementCache(size_t capacity) : capacity_(capacity) {}

  // nullptr where it is not there. Valid until the entry is evicted.
  Value* find(std::string_view key) {
    Recent& recent = recent_[slot_of(key)];
    // The address may hold another text by now.
    if (recent.text != key.data() || recent.entry->first != key) {
      const auto found = index_.find(key);
      if (found == index_.end()) return nullptr;
      recent = {key.data(), found->second};
    }
    if (recent.entry != entries_.begin()) {
      entries_.splice(entries_.begin(), entries_, recent.entry);
    }
    return &recent.entry->second;
  }

  Value& add(std::string_view key, Value value) {
    entries_.emplace_front(std::string(key), std::move(value));
    index_.emplace(entries_.front().first, entries_.begin());
    return entries_.front().second;
  }

  // Evicts from the old end until there is room for one more; `release(value)` frees it, or says
  // false where it is in use and must stay.
  template <class F>
  void make_room(F release) {
    auto entry = entries_.end();
    while (entries_.size() >= capacity_ && entry != entries_.begin()) {
      --entry;
      if (!release(entry->second)) continue;
      index_.erase(entry->first);
      recent_ = {};
      entry = entries_.erase(entry);
    }
  }

  template <class F>
  void clear(F release) {
    for (auto& [key, value] : entries_) release(value);
    index_.clear();
    recent_ = {};
    entries_.clear();
  }

  size_t size() const { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;
  struct Recent {
    const char* text = nullptr;
    typename Entries::iterator entry;
  };
  static size_t slot_of(std::string_view key) {
    const auto address = reinterpret_cast<uintptr_t>(key.data());
    return (address ^ address >> 6) % kRecent;
  }

  static constexpr size_t kRecent = 64;

  size_t capacity_;
  Entries entries_;
  // Views into the keys of `entries_`, whose nodes never move.
  std::unordered_map<std::string_view, typename Entries::iterator> index_;
  std::array<Recent, kRecent> recent_{};
};

}  // namespace tandem::store
