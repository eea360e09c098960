// ApiClient: blocking calls to /api/tandem/v1 for the command line. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem::app {

struct ApiAnswer {
  int status = 0;
  std::string body;
};

class ApiClient {
 public:
  ApiClient(std::string url, std::string key);
  // `query`: "name=value" pairs, not encoded.
  Result<ApiAnswer> get(std::string_view path, const std::vector<std::string>& query);
  Result<ApiAnswer> send(std::string_view method, std::string_view path, std::string body);

 private:
  std::string url_;
  std::string key_;
};

// The sentence of an error answer.
std::string api_error_text(const ApiAnswer& answer);

}  // namespace tandem::app
