// Transaction: the Connection that one job sees. Checks parameters and remembers the first failed
// statement, so that both drivers keep the same rules. Lives on the stack of a database thread.
#pragma once

#include <optional>

#include "store/session.h"

namespace tandem::store {

class Transaction final : public Connection {
 public:
  Transaction(Session& session, Dialect dialect) : session_(session), dialect_(dialect) {}

  Dialect dialect() const override { return dialect_; }
  Result<int64_t> run(const Statement& statement, std::span<const Param> params) override;
  Result<void> query(const Statement& statement, std::span<const Param> params,
                     const EachRow& each) override;
  Result<void> script(const Statement& statement) override;

  // What the job amounts to: its own answer, or the statement failure that it passed over.
  Result<void> outcome(Result<void> answer) const;

 private:
  Result<void> usable(const Statement& statement, std::span<const Param> params) const;

  Session& session_;  // outlives the job
  Dialect dialect_;
  std::optional<Error> failed_;
};

// Finite numbers, and text of UTF-8 without NUL bytes: what both databases store unchanged.
Result<void> check_params(const Statement& statement, std::span<const Param> params);

}  // namespace tandem::store
