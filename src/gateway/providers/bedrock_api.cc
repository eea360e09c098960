// Amazon Bedrock: Converse and ConverseStream, signed with Signature Version 4 or with one of
// Bedrock's own API keys.
#include "gateway/bedrock/dialect.h"
#include "gateway/bedrock/event_stream.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/aws_credential.h"
#include "gateway/providers/path_segment.h"
#include "gateway/providers/plain_error.h"
#include "gateway/providers/provider_api.h"

namespace tandem::gateway {
namespace {

class BedrockApi final : public ProviderApi {
 public:
  const messages::Dialect& dialect(const messages::Dialect*) const override {
    return bedrock::dialect();
  }

  Result<net::Url> base_url(const ProviderConfig& config, std::string_view) const override {
    return ProviderApi::base_url(config,
                                 "https://bedrock-runtime." + config.region + ".amazonaws.com");
  }

  void validate(const ProviderConfig& config, config::Errors& errors) const override {
    if (config.region.empty()) {
      errors.field("region", "is missing: a signature is made for a region, such as eu-west-1");
    }
    const bool token_alone = !config.session_token.empty() && config.secret_key.empty();
    if (token_alone) errors.field("secret_key", "is missing: a session token belongs to a secret");
  }

  // An inference profile's ARN is one segment, its slash and colons encoded.
  void append_path(const ApiCall& call, std::string& path) const override {
    path += "/model/";
    append_segment(path, call.model);
    path += call.call.stream ? "/converse-stream" : "/converse";
  }

  std::unique_ptr<Credential> credential(const ProviderConfig& config,
                                         const ProviderKey& key) const override {
    if (key.secret_key.empty()) return ProviderApi::credential(config, key);
    return std::make_unique<AwsCredential>(key, config.region, "bedrock");
  }

  std::string_view stream_type() const override { return bedrock::kEventStreamType; }
  std::unique_ptr<StreamFraming> framing() const override {
    return std::make_unique<bedrock::EventStream>();
  }

  // The error's name stands in a header: "ThrottlingException:http://…".
  openai::ProviderError read_error(const net::Headers& headers, std::string body) const override {
    openai::ProviderError error = read_plain_error(std::move(body));
    const std::string_view type = headers.find("x-amzn-errortype");
    if (!type.empty()) error.code = type.substr(0, type.find(':'));
    if (error.code == "ValidationException" &&
        (error.message.find("too long") != std::string::npos ||
         error.message.find("context window") != std::string::npos)) {
      error.code = "context_length_exceeded";
    }
    return error;
  }
};

}  // namespace

const ProviderApi& bedrock_api() {
  static const BedrockApi api;
  return api;
}

}  // namespace tandem::gateway
