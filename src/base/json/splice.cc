#include "base/json/splice.h"

#include <algorithm>
#include <cassert>

namespace tandem::json {

void Edits::replace(Token token, std::string replacement) {
  // At one place, insertions come before the piece that is replaced there.
  const auto before_it = [](Token one, const Edit& edit) {
    if (one.begin != edit.token.begin) return one.begin < edit.token.begin;
    return one.length == 0 && edit.token.length > 0;
  };
  const auto place = std::upper_bound(edits_.begin(), edits_.end(), token, before_it);
  if (token.length > 0 && place != edits_.begin()) {
    Edit& before = *std::prev(place);
    if (before.token.begin == token.begin && before.token.length == token.length) {
      before.replacement = std::move(replacement);
      return;
    }
  }
  edits_.insert(place, {token, std::move(replacement)});
}

std::string Edits::apply(std::string_view text) const {
  size_t grown = text.size();
  for (const Edit& edit : edits_) grown += edit.replacement.size();
  std::string out;
  out.reserve(grown);
  size_t done = 0;
  for (const Edit& edit : edits_) {
    assert(edit.token.begin >= done && edit.token.end() <= text.size());
    out.append(text, done, edit.token.begin - done);
    out += edit.replacement;
    done = edit.token.end();
  }
  out.append(text, done);
  return out;
}

}  // namespace tandem::json
