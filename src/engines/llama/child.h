// Starting and ending one child process so that it can neither outlive nor disturb this one: its
// own process group, killed by the kernel when the thread that started it ends (PR_SET_PDEATHSIG
// fires for that thread, so start children from one that lives as long as they may), no descriptor
// of ours, no secret in its environment, first in line when memory runs out.
//   TRY(ChildProcess child, start_child(spec));    // child.pid, child.exited, child.output
// What is started must be the server itself, or a script that ends in `exec`: the death signal does
// not reach grandchildren.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tandem::engines {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

struct ChildSpec {
  std::string program;                   // a path
  std::vector<std::string> arguments;    // after the program's name
  std::vector<std::string> environment;  // NAME=value, all that the child gets
  uint64_t data_limit_bytes = 0;         // RLIMIT_DATA; 0: none
  int niceness = 0;
};

struct ChildProcess {
  pid_t pid = -1;     // also the number of its process group
  Descriptor exited;  // a pidfd: readable once the process has ended; then reap_child()
  Descriptor output;  // the reading end of its standard output and error; non-blocking
};

// Unavailable, with the reason, where the program cannot be executed.
Result<ChildProcess> start_child(const ChildSpec& spec);

// To the whole process group. Not after reap_child(): the number may be another's by then.
void signal_child(pid_t pid, int signal);

struct ChildEnd {
  std::string how;     // "exit code 1", "signal 9 (Killed)"
  int64_t cpu_us = 0;  // of its whole life
};
// Collects a process that has ended.
ChildEnd reap_child(pid_t pid);

// Those variables of our environment that a model server may need (search paths, locale, GPU and
// thread settings) plus `more`; never what may hold a secret.
std::vector<std::string> child_environment(std::vector<std::string> more);

}  // namespace tandem::engines
