// BoundParams: parameters in the form that libpq takes. Numbers go as text, so that the server
// converts them to the column's type; blobs go as bytes. Lives for one call, on one thread.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/db.h"

namespace tandem::store {

class BoundParams {
 public:
  explicit BoundParams(std::span<const Param> params);  // text and blobs outlive this
  BoundParams(const BoundParams&) = delete;
  BoundParams& operator=(const BoundParams&) = delete;

  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  // What a statement is prepared for: the types where we know them, 0 where the server infers them.
  const unsigned* types() const { return types_.data(); }
  // One letter a parameter; statements prepared for other types are other statements.
  std::string_view signature() const { return signature_; }

 private:
  void add(const Param& param);

  std::vector<std::string> copies_;  // reserved: never moves
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<unsigned> types_;
  std::string signature_;
};

}  // namespace tandem::store
