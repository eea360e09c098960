// Names of models and deployments as parts of a path (RFC 3986, section 2): everything but letters,
// digits, "-", ".", "_" and "~" is percent-encoded, a slash too, as in the URIs of AWS. Pure.
//   append_segment(path, "arn:aws:bedrock:…/x");   // "arn%3Aaws%3Abedrock%3A…%2Fx"
#pragma once

#include <string>
#include <string_view>

namespace tandem::gateway {

void append_segment(std::string& path, std::string_view name);

}  // namespace tandem::gateway
