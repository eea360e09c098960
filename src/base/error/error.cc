#include "base/error/error.h"

namespace tandem {

Error Error::within(std::string_view where) && {
  message = std::string(where) + ": " + message;
  return std::move(*this);
}

std::string Error::describe() const {
  return hint.empty() ? message : message + " (" + hint + ")";
}

}  // namespace tandem
