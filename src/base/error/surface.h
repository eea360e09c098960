// How an Error looks to a client: each protocol that Tandem speaks has its own error body.
// Pure functions over error/error_table.h.
#pragma once

#include <string>
#include <string_view>

#include "base/error/error.h"

namespace tandem {

enum class Surface : uint8_t {
  Tandem,
  OpenAi,
  Anthropic,
  Google,
  Mlflow,
  OpenInference,
  Otlp,
  Plain
};

// The HTTP status of `error`: what the provider said where it is passed through, else the table's.
int http_status(const Error& error);

// `error.code` as clients of `surface` read it.
std::string_view surface_code(const Error& error);

// The JSON body (text for Surface::Plain) that `surface` gives to `error`.
// Tandem: {"error":{code,message,hint,param,trace_id}}; OpenAI:
// {"error":{message,type,param,code}}; Anthropic:
// {"type":"error","error":{type,message},"request_id"}; Google: {"error":{code,message,status,
// details}}; MLflow: {error_code,message}; Open Inference Protocol: {"error": message}; OTLP:
// google.rpc.Status {code,message}.
std::string error_body(Surface surface, const Error& error, std::string_view trace_id,
                       std::string_view request_id);

}  // namespace tandem
