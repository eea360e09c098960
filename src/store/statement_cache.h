// StatementCache: the prepared statements of one session, by SQL text; the longest unused one goes
// first. One thread.
#pragma once

#include <cstddef>
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
    auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
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
      entry = entries_.erase(entry);
    }
  }

  template <class F>
  void clear(F release) {
    for (auto& [key, value] : entries_) release(value);
    index_.clear();
    entries_.clear();
  }

  size_t size() const { return entries_.size(); }

 private:
  size_t capacity_;
  std::list<std::pair<std::string, Value>> entries_;
  // Views into the keys of `entries_`, whose nodes never move.
  std::unordered_map<std::string_view, typename decltype(entries_)::iterator> index_;
};

}  // namespace tandem::store
