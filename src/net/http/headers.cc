#include "net/http/headers.h"

#include "base/text/encode.h"

namespace tandem::net {

void Headers::clear() {
  arena_.clear();
  entries_.clear();
}

Headers::Piece Headers::keep(std::string_view text) {
  const auto at = static_cast<uint32_t>(arena_.size());
  arena_ += text;
  return {at, static_cast<uint32_t>(text.size())};
}

void Headers::add(std::string_view name, std::string_view value) {
  const Piece kept_name = keep(name);
  entries_.push_back({kept_name, keep(value)});
}

const Headers::Entry* Headers::entry(std::string_view name) const {
  for (const Entry& candidate : entries_) {
    if (text::equal_ignoring_case(view(candidate.name), name)) return &candidate;
  }
  return nullptr;
}

std::string_view Headers::find(std::string_view name) const {
  const Entry* found = entry(name);
  return found ? view(found->value) : std::string_view();
}

bool Headers::contains(std::string_view name) const {
  return entry(name) != nullptr;
}

}  // namespace tandem::net
