// What an error body says that has its sentence at the top: {"message":"…"} of AWS and Cohere,
// {"Message":…} of AWS's older services, {"detail":…}. Pure.
#pragma once

#include <string>

#include "gateway/openai/answer.h"

namespace tandem::gateway {

// As openai::read_error(), which it asks where there is no such sentence.
openai::ProviderError read_plain_error(std::string body);

}  // namespace tandem::gateway
