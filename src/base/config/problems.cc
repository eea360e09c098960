#include "base/config/problems.h"

#include <fmt/format.h>

namespace tandem::config {
namespace {

constexpr size_t kMaxProblems = 50;

std::string sentence(const Problem& problem) {
  const bool ended = !problem.message.empty() && problem.message.back() == '.';
  return fmt::format("{} {}{}", problem.path.empty() ? "the document" : problem.path.c_str(),
                     problem.message, ended ? "" : ".");
}

}  // namespace

std::string Problem::describe() const {
  std::string out = sentence(*this);
  switch (place.from()) {
    case From::Default:
      break;
    case From::File:
      out = fmt::format("{}:{}:{}: {}", place.source->name, place.line, place.column, out);
      break;
    case From::Body:
      out.insert(out.size() - 1, " (" + place.describe() + ")");
      break;
    case From::Environment:
    case From::Flag:
      out = fmt::format("{}: {}", place.describe(), out);
      break;
  }
  return hint.empty() ? out : out + " " + hint;
}

void Errors::push(Problem problem) {
  if (problems_.size() == kMaxProblems) {
    ++left_out_;
  } else {
    problems_.push_back(std::move(problem));
  }
}

void Errors::enter(std::string path, const Node* node) {
  path_ = std::move(path);
  node_ = node;
}

void Errors::add(std::string message, std::string hint) {
  push({path_, std::move(message), std::move(hint), node_ ? node_->place : Place()});
}

void Errors::field(std::string_view name, std::string message, std::string hint) {
  std::string path = path_;
  append_key(path, name);
  const Node* at = node_;
  if (node_) {
    if (const Node* child = node_->find(name)) at = child;
  }
  push({std::move(path), std::move(message), std::move(hint), at ? at->place : Place()});
}

Error Errors::to_error() const {
  if (problems_.empty()) return Error(Code::Internal, "No problem was found.");
  const Problem& first = problems_.front();
  Error error(Code::InvalidArgument, first.describe(), {}, first.path);
  if (problems_.size() == 1) {
    // The hint has a field of its own where there is but one.
    Problem bare = first;
    bare.hint.clear();
    error.message = bare.describe();
    error.hint = first.hint;
    return error;
  }
  error.message = fmt::format("{} problems:", problems_.size() + left_out_);
  for (const Problem& problem : problems_) error.message += "\n  " + problem.describe();
  if (left_out_ > 0) error.message += fmt::format("\n  and {} more.", left_out_);
  return error;
}

Result<void> Errors::result() const {
  if (problems_.empty()) return {};
  return fail(to_error());
}

}  // namespace tandem::config
