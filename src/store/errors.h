// The sentences of the store: each names the file, statement or server, says what was expected and
// what to do next. Pure; used by the drivers, the journal and the blobs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error/error.h"

namespace tandem::store::errors {

// A system call on `path` failed: `doing` is "be written", "be opened" … The hint fits the errno
// (disk full, read-only, permission, file limit, broken disk).
Error file_failed(std::string_view path, std::string_view doing, int error_number);

// Rows and statements.
Error row_exists(std::string_view statement, std::string_view detail);
Error constraint_broken(std::string_view statement, std::string_view detail);
Error statement_wrong(std::string_view statement, std::string_view detail);
Error value_too_large(std::string_view statement);
Error text_not_storable(std::string_view statement, size_t parameter);
Error number_not_finite(std::string_view statement, size_t parameter);
Error write_in_read(std::string_view statement);

// Databases. `store` is the path of a file or "PostgreSQL at <host>".
Error disk_full(std::string_view store);
Error read_only(std::string_view store, std::string_view detail);
Error input_output(std::string_view store, std::string_view detail);
Error damaged(std::string_view store, std::string_view detail);
Error not_a_database(std::string_view store);
Error cannot_open(std::string_view store, std::string_view detail);
Error busy(std::string_view store, int waited_ms);
Error out_of_memory(std::string_view store);
Error server_unreachable(std::string_view store, std::string_view detail);
Error connection_lost(std::string_view store, std::string_view detail);
Error commit_unknown(std::string_view store, std::string_view detail);
Error server_busy(std::string_view store, std::string_view detail);
Error timed_out(std::string_view store, std::string_view statement);
Error conflict(std::string_view statement, std::string_view detail);
Error rolled_back_with_group(const Error& cause);

// Jobs.
Error queue_full(std::string_view which);
Error inside_job();
Error job_threw(std::string_view what);
Error stopping();

}  // namespace tandem::store::errors
