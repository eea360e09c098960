// Header fields of one HTTP message: names and values in one arena, in the order they came.
// Cleared and reused from message to message, so the request path does not allocate. Views stay
// valid until the next add() or clear(). One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::net {

class Headers {
 public:
  void clear();
  void add(std::string_view name, std::string_view value);

  // The first value of `name` (compared without case); empty where there is none.
  std::string_view find(std::string_view name) const;
  bool contains(std::string_view name) const;
  size_t size() const { return entries_.size(); }
  std::string_view name(size_t i) const { return view(entries_[i].name); }
  std::string_view value(size_t i) const { return view(entries_[i].value); }

 private:
  struct Piece {
    uint32_t at;
    uint32_t length;
  };
  struct Entry {
    Piece name;
    Piece value;
  };
  std::string_view view(Piece piece) const { return {arena_.data() + piece.at, piece.length}; }
  Piece keep(std::string_view text);
  const Entry* entry(std::string_view name) const;

  std::string arena_;
  std::vector<Entry> entries_;
};

}  // namespace tandem::net
