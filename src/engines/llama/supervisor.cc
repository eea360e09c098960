#include "engines/llama/supervisor.h"

#include <pthread.h>

namespace tandem::engines {

Supervisor::Supervisor() : io_(1), work_(io_.get_executor()) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "supervisor");
    io_.run();
  });
}

Supervisor::~Supervisor() {
  work_.reset();
  thread_.join();
}

}  // namespace tandem::engines
