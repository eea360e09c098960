#include "gateway/request_errors.h"

namespace tandem::gateway {

Failure wrong_field(std::string field, std::string_view expected) {
  return fail(Code::InvalidArgument,
              "The field \"" + field + "\" must be " + std::string(expected) + ".",
              "Correct it and send the request again.", field);
}

Failure missing_model() {
  return fail(Code::InvalidArgument, "The field \"model\" is missing.",
              "Name an endpoint; GET /v1/models lists those that your key may use.", "model");
}

Failure target_never(std::string field, std::string_view what) {
  return fail(Code::InvalidArgument,
              "The target of this endpoint " + std::string(what) + ", which the field \"" + field +
                  "\" asks for.",
              "Leave it out, or choose another endpoint.", field);
}

}  // namespace tandem::gateway
