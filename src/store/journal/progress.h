// Progress: how far a journal of this process has got; shared by the journal, its threads and the
// readers that it made, and outlives them all.
#pragma once

#include <condition_variable>
#include <mutex>

#include "store/journal.h"

namespace tandem::store::journal {

struct Progress {
  mutable std::mutex mutex;
  mutable std::condition_variable moved;
  mutable int waiting = 0;  // threads in `moved`: append() makes the system call only for them
  Position end;
  bool closed = false;

  Position current_end() const {
    std::lock_guard lock(mutex);
    return end;
  }
};

}  // namespace tandem::store::journal
