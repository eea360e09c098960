#include "base/json/splice.h"

#include <algorithm>
#include <cassert>

namespace tandem::json {

void Edits::replace(Token token, std::string replacement) {
  const auto place =
      std::upper_bound(edits_.begin(), edits_.end(), token.begin,
                       [](size_t begin, const Edit& edit) { return begin < edit.token.begin; });
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
