// Whatever is accepted must be accepted by an independent parser too, and tokens must lie inside.
#include <boost/json.hpp>
#include <cstdlib>

#include "base/json/walk.h"

namespace {

struct Checker final : tandem::json::Visitor {
  explicit Checker(size_t document_size) : size(document_size) {}
  tandem::Result<void> scalar(tandem::json::Path, tandem::json::Kind, tandem::json::Token token,
                              std::string_view) override {
    if (token.end() > size || token.length == 0) std::abort();
    return {};
  }
  size_t size;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string document(reinterpret_cast<const char*>(data), size);
  Checker checker(size);
  if (!tandem::json::walk(document, checker)) return 0;
  boost::json::parse_options options;
  options.max_depth = 256;
  boost::json::error_code error;
  boost::json::parse(boost::json::string_view(document.data(), size), error, {}, options);
  // Boost refuses numbers whose exponent overflows; that is a matter of range, not of grammar.
  if (error && error != boost::json::error::exponent_overflow) std::abort();
  return 0;
}
