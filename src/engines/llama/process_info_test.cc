#include "engines/llama/process_info.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace tandem::engines {
namespace {

TEST(ProcessInfo, ReadsSocketLinks) {
  EXPECT_EQ(parse_socket_link("socket:[4026531840]"), 4026531840U);
  EXPECT_EQ(parse_socket_link("pipe:[12]"), std::nullopt);
  EXPECT_EQ(parse_socket_link("socket:[]"), std::nullopt);
  EXPECT_EQ(parse_socket_link("socket:[1x]"), std::nullopt);
}

// A line of each kind, in the layout of proc(5).
constexpr std::string_view kTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "777 1 0000000000000000 100 0 0 10 0\n"
    "   1: 0100007F:B2F5 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 "
    "888 1 0000000000000000 20 4 30 10 -1\n"
    "   2: 00000000:B2F5 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "999 1 0000000000000000 100 0 0 10 0\n";

TEST(ProcessInfo, FindsTheListeningPortOfItsOwnSockets) {
  EXPECT_EQ(parse_listening_port(kTable, {5, 777}), 8080);       // 0x1F90
  EXPECT_EQ(parse_listening_port(kTable, {999}), 45813);         // 0xB2F5
  EXPECT_EQ(parse_listening_port(kTable, {888}), std::nullopt);  // connected, not listening
  EXPECT_EQ(parse_listening_port(kTable, {1}), std::nullopt);
  EXPECT_EQ(parse_listening_port("", {777}), std::nullopt);
  EXPECT_EQ(parse_listening_port("0A 0A 0A 0A\n\n: : : 0A", {777}), std::nullopt);
}

TEST(ProcessInfo, ReadsResidentPages) {
  EXPECT_EQ(parse_resident_pages("4096 1234 300 1 0 50 0\n"), 1234U);
  EXPECT_EQ(parse_resident_pages(""), std::nullopt);
}

TEST(ProcessInfo, AgreesWithTheKernelAboutThisProcess) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  EXPECT_EQ(listening_port(::getpid()), ntohs(address.sin_port));
  ::close(listener);

  rusage used{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &used), 0);
  const int64_t used_us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000L +
                          used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  EXPECT_NEAR(static_cast<double>(process_cpu_us(::getpid()).value()), static_cast<double>(used_us),
              50'000);
  EXPECT_GT(resident_bytes(::getpid()).value(), 1'000'000U);
}

TEST(ProcessInfo, KnowsNothingAboutAProcessThatIsNotThere) {
  constexpr pid_t kNobody = 4'194'305;  // above PID_MAX_LIMIT of the kernel
  EXPECT_EQ(listening_port(kNobody), std::nullopt);
  EXPECT_EQ(process_cpu_us(kNobody), std::nullopt);
  EXPECT_EQ(resident_bytes(kNobody), std::nullopt);
}

}  // namespace
}  // namespace tandem::engines
