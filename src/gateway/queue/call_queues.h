// CallQueues: the queue of each endpoint that has one, by project and name, so that a change of the
// catalog keeps the calls that wait. Owned by the composition root; used by the catalog's thread.
//   endpoint->queue = queues.of(project, name, config);        // while a catalog is built
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/ids.h"
#include "gateway/queue/call_queue.h"

namespace tandem::gateway {

class CallQueues {
 public:
  // `metrics` outlives every queue.
  explicit CallQueues(metrics::Metrics& metrics) : metrics_(metrics) {}

  // The queue that the endpoint has or gets; null where its configuration asks for none. What it is
  // configured to changes with CallQueue::configure(), once the catalog is published.
  std::shared_ptr<CallQueue> of(const ProjectId& project, const std::string& endpoint,
                                const QueueConfig& config);

 private:
  metrics::Metrics& metrics_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<CallQueue>> queues_;
};

}  // namespace tandem::gateway
