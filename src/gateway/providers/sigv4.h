// AWS Signature Version 4: the header fields that prove a request to an AWS service. Pure; about
// six HMACs and two hashes a call. Source: AWS Identity and Access Management, "Create a signed AWS
// API request"; checked against AWS's test suite and against botocore.
//   append_signature({"POST", "bedrock-runtime.eu-west-1.amazonaws.com", path, body,
//   "application/json"},
//                    {access_key, secret_key, session_token}, {"eu-west-1", "bedrock"}, now,
//                    block);
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace tandem::gateway {

struct AwsKey {
  std::string_view access_key;
  std::string_view secret_key;
  std::string_view session_token;  // empty: none
};

struct AwsScope {
  std::string_view region;
  std::string_view service;
};

struct AwsRequest {
  std::string_view method;
  std::string_view host;  // as the header says it
  std::string_view path;  // percent-encoded as it will be sent, with its query
  std::string_view body;
  std::string_view content_type;  // empty: not sent, not signed
};

// Appends x-amz-date, x-amz-security-token (where there is one) and authorization.
void append_signature(const AwsRequest& request, const AwsKey& key, const AwsScope& scope,
                      WallUs now_us, std::string& block);

}  // namespace tandem::gateway
