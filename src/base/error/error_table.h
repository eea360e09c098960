// What each error code means everywhere: HTTP status, the names that each surface gives it,
// whether a client should retry, and how loudly it is logged. The generated error reference
// (docs/reference/errors.md) is this table printed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error/error.h"

namespace tandem {

enum class LogLevel : uint8_t { Debug, Info, Warn, Error };
enum class Retry : uint8_t { Never, AfterWait };

struct ErrorRow {
  Code code;
  std::string_view name;  // `error.code` on /api/tandem/v1 and, by default, on OpenAI
  int http_status;
  std::string_view openai_type;     // OpenAI `error.type`
  std::string_view anthropic_type;  // Anthropic `error.type`
  std::string_view mlflow_code;     // MLflow `error_code`
  int grpc_code;                    // google.rpc.Code
  Retry retry;
  LogLevel log_level;
  std::string_view meaning;  // one sentence for the reference
};

// The name of a google.rpc.Code, which Google's APIs give as `error.status`; "UNKNOWN" for others.
std::string_view grpc_name(int code);
bool is_grpc_name(std::string_view name);

const ErrorRow& error_row(Code code);
std::span<const ErrorRow> error_table();

}  // namespace tandem
