// Errors: everything that is wrong with one document, collected in a single pass so that its
// writer repairs all of it at once. A struct's own rule gets one of these:
//   void validate(config::Errors& errors) const {
//     if (min > max) errors.field("min", "must not be above max");
//   }
// Belongs to one reading, one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"
#include "base/result.h"

namespace tandem::config {

struct Problem {
  std::string path;     // endpoints.chat.timeouts.first_byte_ms; empty: the document
  std::string message;  // "must be a whole number, found \"abc\""
  std::string hint;     // what to do next; may be empty
  Place place;

  // "tandem.yaml:12:9: endpoints.chat.retries must be …. Remove the quotes."
  std::string describe() const;
};

class Errors {
 public:
  // About the value that is being read; `message` continues the path: "must be …".
  void add(std::string message, std::string hint = {});
  // About a field of the struct that is being validated.
  void field(std::string_view name, std::string message, std::string hint = {});

  bool empty() const { return problems_.empty(); }
  size_t size() const { return problems_.size(); }
  const std::vector<Problem>& problems() const { return problems_; }
  // InvalidArgument with every problem in its message; `param` is the path of the first.
  Error to_error() const;
  Result<void> result() const;

  // For readers: where the following problems belong.
  void enter(std::string path, const Node* node);

 private:
  void push(Problem problem);

  std::vector<Problem> problems_;
  size_t left_out_ = 0;
  std::string path_;
  const Node* node_ = nullptr;  // lives while the value of `path_` is read
};

}  // namespace tandem::config
