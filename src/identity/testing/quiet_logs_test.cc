// The tests of this folder open hundreds of databases; what that logs helps nobody.
#include "base/log.h"

namespace {

const bool quiet = [] {
  tandem::log::configure(tandem::LogLevel::Error, tandem::log::Format::Auto);
  return true;
}();

}  // namespace
