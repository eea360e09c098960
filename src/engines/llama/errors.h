// Every sentence that a supervised model server can say to a user. Pure.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/error/error.h"

namespace tandem::engines::llama_errors {

Error program_missing(std::string_view configured);
Error program_unusable(std::string_view program, std::string_view reason);
Error model_file_missing(std::string_view model, std::string_view looked_in);
Error model_file_ambiguous(std::string_view model, std::string_view folder);

// `output`: the last lines of the child. `wait_us`: until the next start.
Error died(std::string_view model, std::string_view how, bool was_ready, std::string_view output,
           int64_t wait_us);
Error resting(std::string_view model, int deaths, std::string_view last_error, int64_t wait_us);
Error too_many_waiting(std::string_view model, size_t most);
Error deadline_passed(std::string_view model);
Error cancelled(std::string_view model);
Error stopping(std::string_view model);

}  // namespace tandem::engines::llama_errors
