#include "engines/llama/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "engines/llama/errors.h"

namespace tandem::engines {
namespace {

// All that the child needs between vfork and exec, made before: until exec it shares our memory,
// may call only async-signal-safe functions and may not allocate.
struct Launch {
  const char* program;
  char* const* arguments;
  char* const* environment;
  int null_input;
  int output;
  rlim_t data_limit;  // RLIM_INFINITY: leave as is
  int niceness;
  pid_t parent;
  int report;  // gets the errno of the step that failed; closed by a successful exec
};

// Where the child keeps `report` while it closes everything above.
constexpr int kReport = 3;

void prefer_for_out_of_memory() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;  // only a preference
  [[maybe_unused]] const ssize_t written = ::write(file, "500", 3);
  ::close(file);
}

void close_others() {
  if (::close_range(kReport + 1, ~0U, 0) == 0) return;
  for (int number = kReport + 1; number < 65'536; ++number) ::close(number);
}

[[noreturn]] void become(const Launch& launch) {
  struct sigaction fallback {};
  fallback.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &fallback, nullptr);
  sigset_t none;
  ::sigemptyset(&none);

  const bool ready = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::setpgid(0, 0) == 0 &&
                     ::dup2(launch.null_input, 0) >= 0 && ::dup2(launch.output, 1) >= 0 &&
                     ::dup2(launch.output, 2) >= 0 &&
                     ::dup3(launch.report, kReport, O_CLOEXEC) >= 0 &&
                     ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
  const rlimit limit{launch.data_limit, launch.data_limit};
  if (ready && (launch.data_limit == RLIM_INFINITY || ::setrlimit(RLIMIT_DATA, &limit) == 0)) {
    [[maybe_unused]] const int nicer = ::nice(launch.niceness);
    prefer_for_out_of_memory();
    close_others();
    // A parent that died before prctl() would never signal.
    if (::getppid() == launch.parent)
      ::execve(launch.program, launch.arguments, launch.environment);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t told = ::write(kReport, &error, sizeof(error));
  ::_exit(127);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> made;
  made.reserve(strings.size() + 1);
  for (const std::string& string : strings) made.push_back(const_cast<char*>(string.c_str()));
  made.push_back(nullptr);
  return made;
}

// vfork and not fork: this process may hold gigabytes, whose page tables fork would copy while
// every thread that touches new memory waits. The parent's thread sleeps until exec, all signals
// blocked, so that no handler of ours runs in the child.
pid_t launch_child(const Launch& launch) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  const pid_t pid = ::vfork();
#pragma clang diagnostic pop
  if (pid == 0) become(launch);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

struct Pipe {
  Descriptor reading;
  Descriptor writing;
};

// Both ends above the numbers that become() assigns. nullopt: errno says why.
std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const Descriptor low_reading(ends[0]);
  const Descriptor low_writing(ends[1]);
  Pipe pipe{Descriptor(::fcntl(ends[0], F_DUPFD_CLOEXEC, kReport + 1)),
            Descriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, kReport + 1))};
  if (pipe.reading.get() < 0 || pipe.writing.get() < 0) return std::nullopt;
  return pipe;
}

// Waits until the child has become the program, or returns why it could not.
int read_report(Pipe& report) {
  report.writing = Descriptor();
  int error = 0;
  ssize_t count;
  do {
    count = ::read(report.reading.get(), &error, sizeof(error));
  } while (count < 0 && errno == EINTR);
  return count == sizeof(error) ? error : 0;
}

// glibc 2.36 declares pidfd_open() for C only.
Descriptor open_pidfd(pid_t pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

Error start_failed(const ChildSpec& spec, int error) {
  return llama_errors::program_unusable(spec.program, std::strerror(error));
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<ChildProcess> start_child(const ChildSpec& spec) {
  auto output = make_pipe();
  auto report = make_pipe();
  if (!output || !report) return fail(start_failed(spec, errno));
  ::fcntl(output->reading.get(), F_SETFL, O_NONBLOCK);
  const Descriptor null_low(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor null_input(::fcntl(null_low.get(), F_DUPFD_CLOEXEC, kReport + 1));
  if (null_input.get() < 0) return fail(start_failed(spec, errno));

  std::vector<std::string> arguments{spec.program};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(spec.environment);
  const Launch launch{.program = spec.program.c_str(),
                      .arguments = argument_pointers.data(),
                      .environment = environment_pointers.data(),
                      .null_input = null_input.get(),
                      .output = output->writing.get(),
                      .data_limit = spec.data_limit_bytes ? spec.data_limit_bytes : RLIM_INFINITY,
                      .niceness = spec.niceness,
                      .parent = ::getpid(),
                      .report = report->writing.get()};

  const pid_t pid = launch_child(launch);
  if (pid < 0) return fail(start_failed(spec, errno));
  if (const int error = read_report(*report); error != 0) {
    ::waitpid(pid, nullptr, 0);
    return fail(start_failed(spec, error));
  }
  ChildProcess child{pid, open_pidfd(pid), std::move(output->reading)};
  if (child.exited.get() < 0) {
    const int error = errno;
    signal_child(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return fail(start_failed(spec, error));
  }
  return child;
}

void signal_child(pid_t pid, int signal) {
  ::kill(-pid, signal);
}

ChildEnd reap_child(pid_t pid) {
  int status = 0;
  rusage used{};
  pid_t reaped;
  do {
    reaped = ::wait4(pid, &status, 0, &used);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid) return {"unknown exit"};
  const int64_t cpu_us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * int64_t{1'000'000} +
                         used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return {fmt::format("signal {} ({})", number, ::strsignal(number)), cpu_us};
  }
  return {fmt::format("exit code {}", WEXITSTATUS(status)), cpu_us};
}

std::vector<std::string> child_environment(std::vector<std::string> more) {
  constexpr std::array<std::string_view, 9> kNames{
      "PATH", "HOME", "USER", "LANG", "TZ", "TERM", "TMPDIR", "LANGUAGE", "LD_LIBRARY_PATH"};
  constexpr std::array<std::string_view, 12> kPrefixes{"LC_",   "CUDA_", "NVIDIA_",   "HIP_",
                                                       "ROCR_", "HSA_",  "GGML_",     "OMP_",
                                                       "KMP_",  "MKL_",  "OPENBLAS_", "VK_"};
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view variable(*entry);
    const std::string_view name = variable.substr(0, variable.find('='));
    bool wanted = false;
    for (const auto known : kNames) wanted |= name == known;
    for (const auto prefix : kPrefixes) wanted |= name.starts_with(prefix);
    if (wanted) more.emplace_back(variable);
  }
  return more;
}

}  // namespace tandem::engines
