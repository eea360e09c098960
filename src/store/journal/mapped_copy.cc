#include "store/journal/mapped_copy.h"

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <mutex>

namespace tandem::store::journal {
namespace {

// Where a copy of this thread gives up; null while none runs.
thread_local sigjmp_buf* give_up = nullptr;
struct sigaction handled_before;

void on_bus_error(int signal, siginfo_t* info, void* context) {
  if (give_up != nullptr) siglongjmp(*give_up, 1);
  if ((handled_before.sa_flags & SA_SIGINFO) != 0) {
    handled_before.sa_sigaction(signal, info, context);
  } else if (handled_before.sa_handler == SIG_DFL || handled_before.sa_handler == SIG_IGN) {
    ::signal(SIGBUS, SIG_DFL);  // the access is tried again, and ends the process
  } else {
    handled_before.sa_handler(signal);
  }
}

}  // namespace

void watch_for_bus_errors() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = on_bus_error;
    // The handler is left by a jump: the signal must not stay blocked.
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    ::sigaction(SIGBUS, &action, &handled_before);
  });
}

[[gnu::noinline]] bool copy_to_map(uint8_t* to, std::span<const uint8_t> header,
                                   std::span<const uint8_t> payload) {
  sigjmp_buf here;
  if (sigsetjmp(here, 0) != 0) {
    give_up = nullptr;
    // Whoever wraps handlers (ThreadSanitizer does) blocks signals while one runs.
    sigset_t bus_error;
    sigemptyset(&bus_error);
    sigaddset(&bus_error, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &bus_error, nullptr);
    return false;
  }
  give_up = &here;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (!payload.empty()) std::memcpy(to + header.size(), payload.data(), payload.size());
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(to, header.data(), header.size());
  std::atomic_signal_fence(std::memory_order_seq_cst);
  give_up = nullptr;
  return true;
}

}  // namespace tandem::store::journal
