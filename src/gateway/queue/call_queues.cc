#include "gateway/queue/call_queues.h"

namespace tandem::gateway {

std::shared_ptr<CallQueue> CallQueues::of(const ProjectId& project, const std::string& endpoint,
                                          const QueueConfig& config) {
  if (!config.enabled()) return nullptr;
  std::weak_ptr<CallQueue>& known = queues_[{project.str(), endpoint}];
  if (auto queue = known.lock()) return queue;
  const std::string label = project.empty() ? endpoint : project.str() + "/" + endpoint;
  auto queue = std::make_shared<CallQueue>(endpoint, label, config, metrics_);
  known = queue;
  std::erase_if(queues_, [](const auto& entry) { return entry.second.expired(); });
  return queue;
}

}  // namespace tandem::gateway
