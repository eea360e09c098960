// What Linux tells about a running child: where it listens, CPU time, memory. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tandem::engines {

// Inode of a socket from the target of a link in /proc/<pid>/fd ("socket:[12345]"). Pure.
std::optional<uint64_t> parse_socket_link(std::string_view target);
// The first port in LISTEN state of /proc/<pid>/net/tcp that belongs to one of `inodes`
// (proc(5)). Pure.
std::optional<uint16_t> parse_listening_port(std::string_view net_tcp,
                                             const std::vector<uint64_t>& inodes);
// Resident pages from /proc/<pid>/statm. Pure.
std::optional<uint64_t> parse_resident_pages(std::string_view statm);

// The TCP port over IPv4 on which process `pid` itself listens; nullopt where it does not (yet).
std::optional<uint16_t> listening_port(pid_t pid);
// CPU time of all its threads so far, in microseconds; nullopt once it is gone.
std::optional<int64_t> process_cpu_us(pid_t pid);
std::optional<uint64_t> resident_bytes(pid_t pid);

}  // namespace tandem::engines
