#include "store/errors.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace tandem::store::errors {
namespace {

Error storage(std::string message, std::string_view hint) {
  Error error(Code::StorageFailed, std::move(message), std::string(hint));
  error.retry_after_s = 1;
  return error;
}

constexpr std::string_view kFreeSpace =
    "Free space on its file system; writing goes on by itself as soon as there is some.";
constexpr std::string_view kBrokenDisk =
    "The disk or its driver reports an error: look into the kernel log, then move the data folder "
    "to a healthy disk.";

std::string_view file_hint(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return kFreeSpace;
    case EFBIG:
      return "The file-size limit of the process is reached: raise it (ulimit -f) and restart.";
    case EROFS:
      return "The file system is mounted read-only, often after a disk error: look into the kernel "
             "log and mount it writable.";
    case EACCES:
    case EPERM:
      return "Give the user that runs the server read and write access to the data folder.";
    case EMFILE:
    case ENFILE:
      return "Too many files are open: raise the limit (ulimit -n) and restart.";
    case ENOENT:
    case ENOTDIR:
      return "Check that the data folder exists and that nothing moves files out of it.";
    case EIO:
      return kBrokenDisk;
    default:
      return "Check the data folder and the kernel log.";
  }
}

}  // namespace

Error file_failed(std::string_view path, std::string_view doing, int error_number) {
  return storage(fmt::format("{} cannot {}: {}.", path, doing, std::strerror(error_number)),
                 file_hint(error_number));
}

Error row_exists(std::string_view statement, std::string_view detail) {
  return Error(Code::AlreadyExists, fmt::format("{}: such a row exists ({}).", statement, detail),
               "Choose another name or change the one that exists.");
}

Error constraint_broken(std::string_view statement, std::string_view detail) {
  return Error(Code::InvalidArgument,
               fmt::format("{}: a value breaks a rule of the table ({}).", statement, detail));
}

Error statement_wrong(std::string_view statement, std::string_view detail) {
  return Error(Code::Internal, fmt::format("Statement {} is wrong: {}.", statement, detail),
               "This is a bug of the server or its schema is not migrated.");
}

Error value_too_large(std::string_view statement) {
  return Error(Code::PayloadTooLarge,
               fmt::format("{}: a value is larger than the database stores.", statement),
               "Keep large content in a blob.");
}

Error text_not_storable(std::string_view statement, size_t parameter) {
  return Error(
      Code::InvalidArgument,
      fmt::format("{}: text parameter {} is not UTF-8 without NUL bytes.", statement, parameter),
      "Send valid UTF-8 text without U+0000.");
}

Error number_not_finite(std::string_view statement, size_t parameter) {
  return Error(Code::InvalidArgument,
               fmt::format("{}: parameter {} is not a finite number.", statement, parameter));
}

Error write_in_read(std::string_view statement) {
  return Error(Code::Internal, fmt::format("Statement {} writes inside a read job.", statement),
               "Use Db::write.");
}

Error disk_full(std::string_view store) {
  return storage(fmt::format("{} cannot be written: the disk is full.", store), kFreeSpace);
}

Error read_only(std::string_view store, std::string_view detail) {
  return storage(fmt::format("{} cannot be written: it is read-only ({}).", store, detail),
                 "Check that the file was not moved, that the server's user may write it and its "
                 "folder, and that the file system is mounted writable; then restart.");
}

Error input_output(std::string_view store, std::string_view detail) {
  return storage(fmt::format("{} cannot be read or written: {}.", store, detail), kBrokenDisk);
}

Error damaged(std::string_view store, std::string_view detail) {
  return storage(fmt::format("{} is damaged: {}.", store, detail),
                 "Stop the server and restore the database from a backup, or save what is readable "
                 "with the sqlite3 shell's .recover.");
}

Error not_a_database(std::string_view store) {
  return storage(fmt::format("{} is not a SQLite database.", store),
                 "Point the server at another data folder, or restore the file from a backup.");
}

Error cannot_open(std::string_view store, std::string_view detail) {
  return storage(fmt::format("{} cannot be opened: {}.", store, detail),
                 "Check that its folder exists and that the server's user may read and write it.");
}

Error busy(std::string_view store, int waited_ms) {
  return storage(
      fmt::format("{} stayed locked by another process for {} ms.", store, waited_ms),
      "Only one server may use a data folder; end the other one or its open transaction.");
}

Error out_of_memory(std::string_view store) {
  return storage(fmt::format("{} cannot be used: memory is exhausted.", store),
                 "Give the server more memory or lower its cache sizes.");
}

Error server_unreachable(std::string_view store, std::string_view detail) {
  return storage(fmt::format("{} cannot be reached: {}.", store, detail),
                 "Check that the database server runs and accepts this user; Tandem keeps trying.");
}

Error connection_lost(std::string_view store, std::string_view detail) {
  return storage(fmt::format("The connection to {} was lost: {}.", store, detail),
                 "Nothing of this job was stored; Tandem reconnects by itself.");
}

Error commit_unknown(std::string_view store, std::string_view detail) {
  return storage(fmt::format("The connection to {} was lost during a commit: {}.", store, detail),
                 "The change may or may not be stored: read it back before it is tried again.");
}

Error server_busy(std::string_view store, std::string_view detail) {
  return storage(fmt::format("{} has no room: {}.", store, detail),
                 "Free disk space or connections on the database server.");
}

Error timed_out(std::string_view store, std::string_view statement) {
  return storage(fmt::format("{} did not finish statement {} in time.", store, statement),
                 "Look for a lock or an overloaded database server.");
}

Error conflict(std::string_view statement, std::string_view detail) {
  return storage(fmt::format("{}: another transaction was in the way ({}).", statement, detail),
                 "Try again.");
}

Error rolled_back_with_group(const Error& cause) {
  Error error = cause;
  error.code = Code::StorageFailed;
  error.message = "The shared transaction was rolled back: " + cause.message;
  error.retry_after_s = 1;
  return error;
}

Error queue_full(std::string_view which) {
  Error error(Code::Overloaded, fmt::format("The queue {} of the database is full.", which),
              "Retry after a second; if it stays full, the disk or database server is too slow.");
  error.retry_after_s = 1;
  return error;
}

Error inside_job() {
  return Error(Code::Internal, "A database job started another one on the same database.",
               "Use the Connection that the job was given.");
}

Error job_threw(std::string_view what) {
  return Error(Code::Internal, fmt::format("A database job threw: {}", what));
}

Error stopping() {
  return Error(Code::Unavailable, "The database is closing.");
}

}  // namespace tandem::store::errors
