#include "engines/llama/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::engines::llama_errors {
namespace {

Error retry_after(Error error, int64_t wait_us) {
  error.retry_after_s = std::max<int64_t>(1, (wait_us + 999'999) / 1'000'000);
  return error;
}

std::string said(std::string_view output) {
  return output.empty() ? std::string(" It said nothing.")
                        : fmt::format(" Its last words: {}", output);
}

}  // namespace

Error program_missing(std::string_view configured) {
  if (!configured.empty()) {
    return Error(Code::Unavailable,
                 fmt::format("The model server {} is not an executable file.", configured),
                 "Set the path of llama.cpp's llama-server, or leave it out.", "program");
  }
  return Error(Code::Unavailable, "There is no llama-server to run models with.",
               "Run scripts/setup, or install llama.cpp and put llama-server in PATH.");
}

Error program_unusable(std::string_view program, std::string_view reason) {
  return Error(Code::Unavailable,
               fmt::format("The model server {} cannot be started: {}.", program, reason),
               "Check that it is an executable file for this machine.");
}

Error model_file_missing(std::string_view model, std::string_view looked_in) {
  return Error(Code::InvalidArgument,
               fmt::format("There is no model file for {} (looked for {}).", model, looked_in),
               "Give the path of a .gguf file, or put one there.", "model");
}

Error model_file_ambiguous(std::string_view model, std::string_view folder) {
  return Error(Code::InvalidArgument,
               fmt::format("More than one .gguf file in {} could be {}.", folder, model),
               "Give the path of the file.", "model");
}

Error died(std::string_view model, std::string_view how, bool was_ready, std::string_view output,
           int64_t wait_us) {
  return retry_after(
      Error(Code::Unavailable,
            fmt::format("The server of model {} ended {}: {}.{}", model,
                        was_ready ? "while it served" : "before it was ready", how, said(output)),
            "It is started again after a pause."),
      wait_us);
}

Error resting(std::string_view model, int deaths, std::string_view last_error, int64_t wait_us) {
  return retry_after(
      Error(Code::Unavailable,
            fmt::format("The server of model {} ended {} times in a row and rests. {}", model,
                        deaths, last_error),
            "Mend the cause; a call after the wait tries again."),
      wait_us);
}

Error too_many_waiting(std::string_view model, size_t most) {
  Error error(Code::Overloaded,
              fmt::format("{} calls already wait for model {} to start.", most, model),
              "Retry when it has loaded.");
  error.retry_after_s = 1;
  return error;
}

Error deadline_passed(std::string_view model) {
  return Error(Code::DeadlineExceeded,
               fmt::format("Model {} was not ready before the deadline of the call.", model),
               "Retry: loading goes on. Or give the call more time.");
}

Error cancelled(std::string_view model) {
  return Error(Code::Cancelled, fmt::format("The client left while model {} was loading.", model));
}

Error stopping(std::string_view model) {
  return Error(Code::Unavailable, fmt::format("Model {} is being unloaded.", model),
               "Retry, or use another target.");
}

}  // namespace tandem::engines::llama_errors
