// What the readers and writers of every protocol say of a request that they cannot take. All are
// InvalidArgument with the field as `param`. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::gateway {

// "The field "…" must be <expected>."
Failure wrong_field(std::string field, std::string_view expected);
// The request names no model.
Failure missing_model();
// The target `what`, "never gives more than one choice", which `field` asks for.
Failure target_never(std::string field, std::string_view what);

}  // namespace tandem::gateway
