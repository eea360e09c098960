// Where the accountant's records go: the journal, or what a test puts in its place. Any thread.
#pragma once

#include <span>

#include "base/result.h"
#include "store/journal.h"

namespace tandem::cost {

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // When it returns, the record survives kill -9. An error means that it was not kept.
  virtual Result<void> append(store::RecordKind kind, std::span<const uint8_t> payload) = 0;
};

class JournalSink : public RecordSink {
 public:
  // `journal` outlives this.
  explicit JournalSink(store::Journal& journal) : journal_(journal) {}
  Result<void> append(store::RecordKind kind, std::span<const uint8_t> payload) override {
    TRY_VOID(journal_.append(kind, payload));
    return {};
  }

 private:
  store::Journal& journal_;
};

}  // namespace tandem::cost
