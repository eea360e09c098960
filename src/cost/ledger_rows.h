// RowWriter: writes a batch of ends as rows of the ledger, inside a transaction of the caller's. A
// row's id comes from its call (first_row_id() and a hash), so a row that is there already stands
// in the way of its second self. Owned by the fold; one thread.
//   TRY(RowWriter::Outcome outcome, rows.write(connection, ends));
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "cost/ledger_hours.h"
#include "cost/ledger_names.h"
#include "cost/ledger_traces.h"
#include "cost/record.h"
#include "store/db.h"

namespace tandem::cost {

// The rows of which every id was free go in many at once. Where one was not, by a call in the same
// microsecond or because the row is there, nothing can be told from the count: the transaction must
// be rolled back and done again row by row.
enum class RowMode : uint8_t { Together, OneByOne };

class RowWriter {
 public:
  struct Outcome {
    uint64_t rows = 0, duplicates = 0;
    bool must_be_one_by_one = false;  // nothing else counts
  };
  // Rows, hourly sums and budget sums. The records stay the caller's.
  Result<Outcome> write(store::Connection& connection, std::span<const EndRecord* const> ends,
                        RowMode mode);
  // After a transaction that failed.
  void forget() {
    names_.forget();
    traces_.forget();
  }

 private:
  struct Row {
    int64_t id = 0;
    const EndRecord* end = nullptr;
    const CallNames* names = nullptr;
    std::string_view request_id;  // the record's own, or in cleaned_
    std::array<char, 32> trace_id{};
    bool rare = false;  // has one of the values that most rows lack
  };

  Result<void> prepare(store::Connection& connection, std::span<const EndRecord* const> ends);
  Result<Outcome> write_together(store::Connection& connection);
  Result<Outcome> write_one_by_one(store::Connection& connection, HourDeltas& sums);
  // Sets the row's id. False where it is there already.
  Result<bool> insert_alone(store::Connection& connection, Row& row);
  void add_params(Row& row, bool with_rare);

  LedgerNames names_;
  LedgerTraces traces_;
  std::vector<Row> rows_;
  std::vector<RowOfTrace> added_;
  std::vector<std::string> cleaned_;
  std::vector<store::Param> params_;
};

}  // namespace tandem::cost
