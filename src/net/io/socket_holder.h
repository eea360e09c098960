// What Stream hides: the asio socket and the TLS stream around it. For the .cc files of net only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>

#include "base/async/task.h"

namespace tandem::net {

using Tcp = boost::asio::ip::tcp;
using Socket = boost::asio::basic_stream_socket<Tcp, Executor>;
using TlsStream = boost::asio::ssl::stream<Socket&>;

struct SocketHolder {
  explicit SocketHolder(Socket connected) : socket(std::move(connected)) {}
  Socket socket;
  std::unique_ptr<TlsStream> tls;
};

}  // namespace tandem::net
