// The completion token of every asio operation in Tandem: errors come back as values, because an
// exception per closed connection costs microseconds. For .cc files only (heavy).
//   auto [error, count] = co_await socket.async_read_some(buffer, kToken);
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/async/task.h"

namespace tandem {

inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>> kToken{};

}  // namespace tandem
