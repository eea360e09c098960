// Task<T>: a coroutine on an io thread, bound to that thread's executor type (no type erasure).
// Started only by co_await or by a Scope. Reference parameters only where the caller awaits at
// once; a spawned task takes values.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/result.h"

namespace tandem {

using IoContext = boost::asio::io_context;
using Executor = IoContext::executor_type;

template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

// Completion token that resumes a Task with (error_code, result) as a tuple; see async/token.h.

}  // namespace tandem
