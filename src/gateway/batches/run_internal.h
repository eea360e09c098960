// What the runner knows of a batch and of a line while it works on them. Of its io thread.
#pragma once

#include <string>

#include "base/async/event.h"
#include "gateway/batches/runner.h"
#include "gateway/governed_call.h"

namespace tandem::gateway::batches {

struct BatchRunner::Run {
  Run(Batch b, IoContext& io) : batch(std::move(b)), changed(io) {}
  Batch batch;
  const BatchRoute* route = nullptr;
  bool cancelled = false;
  bool broken = false;   // the database failed: nothing more is begun
  size_t under_way = 0;  // lines
  Event changed;         // a line has ended, or one of the above has changed
};

struct BatchRunner::Work {
  std::string text;  // of the line
  Line line;
  bool begun_before = false;  // by this process or one before it
  CallOrigin origin;
  int tries = 0;
};

}  // namespace tandem::gateway::batches
