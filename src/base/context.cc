#include "base/context.h"

#include <algorithm>

namespace tandem {

bool Principal::may_call(std::string_view endpoint) const {
  return !endpoints ||
         std::find(endpoints->begin(), endpoints->end(), endpoint) != endpoints->end();
}

}  // namespace tandem
