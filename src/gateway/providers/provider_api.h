// ProviderApi: what one provider's HTTP API wants and answers: where a call goes, in which dialect,
// by which header it says who asks, how streams are framed and how errors look. HttpTarget
// (../targets/http_target.h) does everything else. Stateless; one object serves every thread.
//
// To add a provider
//   that speaks as another one does      one row in registry.cc
//   that has an API of its own           a small file here with a class that says what differs, one
//                                        line in apis.h, one row in registry.cc
//   that has a chat dialect of its own   besides, a folder with its messages::Dialect
// A minimal API is a dialect and a path:
//   class ExampleApi final : public ProviderApi {
//     const messages::Dialect& dialect(const messages::Dialect*) const override { … }
//     void append_path(const ApiCall& call, std::string& path) const override { path += "/chat"; }
//   };
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/config/problems.h"
#include "gateway/call.h"
#include "gateway/config.h"
#include "gateway/messages/dialect.h"
#include "gateway/openai/answer.h"
#include "gateway/providers/credential.h"
#include "gateway/target.h"
#include "net/http/headers.h"
#include "net/http/url.h"

namespace tandem::gateway {

// One call as an API sees it. Views live until the call has ended.
struct ApiCall {
  const Call& call;
  const ProviderConfig& config;
  const messages::Dialect& dialect;  // that the provider is asked in: dialect() chose it
  std::string_view model;            // the provider's name of it
  // That the client speaks; null where its protocol has no dialect of its own for such calls.
  const messages::Dialect* asked = nullptr;
};

// Makes events out of the bytes of a stream that is no stream of server-sent events. Sans-IO; one
// stream.
class StreamFraming {
 public:
  using Take = std::function<Result<void>(std::string_view data)>;
  virtual ~StreamFraming() = default;
  // Calls `take` for each event that `bytes` complete. UpstreamError: the frames are broken.
  virtual Result<void> feed(std::string_view bytes, const Take& take) = 0;
  // Whether an event has begun whose end has not come.
  virtual bool inside_event() const = 0;
};

class ProviderApi {
 public:
  virtual ~ProviderApi() = default;

  // What it is asked in by a client that speaks `asked` (null: a call that is no chat): `asked`
  // itself where the provider speaks that too, else its own one. Where the two are the same, bytes
  // pass through, else the call is translated.
  virtual const messages::Dialect& dialect(const messages::Dialect* asked) const = 0;
  virtual bool accepts(CallKind kind) const { return kind == CallKind::Chat; }

  // Where the API is: the configured address, else `own` of the table, and what all its paths begin
  // with. InvalidArgument names what is wrong with it.
  virtual Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const;
  // What the configuration must say for this API beyond base_url and api_key.
  virtual void validate(const ProviderConfig& /*config*/, config::Errors& /*errors*/) const {}

  // Appends to the path of the base URL; with "?…" where a query is needed.
  virtual void append_path(const ApiCall& call, std::string& path) const = 0;
  // Header fields beyond those of every call (content type, accept, trace) and the credential.
  virtual void append_headers(const ApiCall& /*call*/, const AttemptContext& /*attempt*/,
                              std::string& /*block*/) const {}
  // The request: the client's bytes (pass_body()) where both speak the same dialect, else a
  // translation. InvalidArgument names what cannot be said.
  virtual Result<std::string> body(const ApiCall& call, AttemptContext& attempt) const;
  // How a key proves itself; by default in the header `authorization: Bearer …`.
  virtual std::unique_ptr<Credential> credential(const ProviderConfig& config,
                                                 const ProviderKey& key) const;

  // A question for the number of input tokens, where the provider counts them: appends its path and
  // answers its body, which goes as a POST; nullopt where it cannot be asked about this call.
  virtual std::optional<std::string> count_body(const ApiCall& /*call*/,
                                                AttemptContext& /*attempt*/,
                                                std::string& /*path*/) const {
    return std::nullopt;
  }
  virtual std::optional<int64_t> read_count(std::string_view /*body*/) const {
    return std::nullopt;
  }

  // What a streamed answer is, and its framing: null for server-sent events.
  virtual std::string_view stream_type() const { return "text/event-stream"; }
  virtual std::unique_ptr<StreamFraming> framing() const { return nullptr; }
  // What an answer that is not 2xx says; its `code` decides between failures of the same status
  // (failure.h).
  virtual openai::ProviderError read_error(const net::Headers& headers, std::string body) const;
  // The last word on a whole answer that is no chat: vectors and usage out of its body, say.
  virtual Result<void> finish(const ApiCall& /*call*/, AttemptResult& /*result*/) const {
    return {};
  }

 protected:
  // The client's own request with what must differ. Asked only where dialect() can be a client's.
  virtual Result<std::string> pass_body(const ApiCall& call) const;
};

// Whether the client's bytes can go on to the provider as they are.
bool speaks_alike(const ApiCall& call, const AttemptContext& attempt);

}  // namespace tandem::gateway
