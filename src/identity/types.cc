#include "identity/types.h"

#include <set>

namespace tandem::identity {
namespace {

constexpr size_t kMaxNameBytes = 200;
constexpr size_t kMaxEndpoints = 1000;

}  // namespace

Result<void> KeySettings::check_name(const std::string& name) {
  const bool blank = name.find_first_not_of(" \t") == std::string::npos;
  if (blank || name.size() > kMaxNameBytes) {
    return fail(Code::InvalidArgument, "must have 1 to 200 bytes");
  }
  for (char c : name) {
    if ((c >= 0 && c < 0x20) || c == 0x7f) {
      return fail(Code::InvalidArgument, "must hold no control characters");
    }
  }
  return {};
}

Result<void> KeySettings::check_endpoints(const std::vector<std::string>& endpoints) {
  if (endpoints.empty()) {
    return fail(Code::InvalidArgument, "must name an endpoint",
                "Leave it out to allow all of the project.");
  }
  if (endpoints.size() > kMaxEndpoints) {
    return fail(Code::InvalidArgument, "must name at most 1000 endpoints");
  }
  std::set<std::string_view> seen;
  for (const std::string& name : endpoints) {
    if (auto checked = check_id_text(name, "it"); !checked) {
      return fail(Code::InvalidArgument, "must hold names of endpoints", checked.error().message);
    }
    if (!seen.insert(name).second) {
      return fail(Code::InvalidArgument, "must name each endpoint once");
    }
  }
  return {};
}

}  // namespace tandem::identity
