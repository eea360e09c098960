#include "gateway/targets/provider_call.h"

#include "base/text/encode.h"
#include "gateway/targets/retry_after.h"
#include "net/client.h"
#include "net/exchange.h"
#include "net/sse/decoder.h"

namespace tandem::gateway {
namespace {

constexpr size_t kMaxErrorBody = 64 * 1024;
// How long a complete stream may take to end its body; then the connection is given up.
constexpr int64_t kAfterDoneMs = 20;

// What a provider's own refusal looks like to the client: its status, code and sentence.
AttemptResult refused(const ProviderApi& api, int status, const net::Headers& headers,
                      std::string body) {
  const openai::ProviderError said = api.read_error(headers, std::move(body));
  const FailureKind kind = classify(status, said.code, said.message);
  Error error;
  switch (kind) {
    case FailureKind::RateLimited:
      error.code = Code::RateLimited;
      break;
    case FailureKind::ContextLength:
      error.code = Code::ContextLengthExceeded;
      break;
    case FailureKind::Rejected:
      error.code = Code::UpstreamRejected;
      break;
    case FailureKind::Timeout:
      error.code = Code::DeadlineExceeded;
      break;
    default:
      error.code = Code::UpstreamError;
      break;
  }
  error.message = said.message.empty()
                      ? "The provider answered with status " + std::to_string(status) + "."
                      : said.message;
  error.param = said.param;
  error.upstream_code = said.code.empty() ? said.type : said.code;
  if (kind == FailureKind::Rejected || kind == FailureKind::ContextLength ||
      kind == FailureKind::RateLimited) {
    error.upstream_status = status;
  }
  if (status == 401 || status == 403) {
    error.message = "The provider refused Tandem's own credentials: " + error.message;
    error.hint = "Ask the operator to check the provider's api_key; your key is fine.";
  }
  AttemptResult result = failed(kind, std::move(error));
  result.retry_after_ms = retry_after_ms(headers);
  if (!result.retry_after_ms) result.retry_after_ms = said.retry_after_ms;
  if (kind == FailureKind::RateLimited && result.retry_after_ms) {
    result.error.retry_after_s = (*result.retry_after_ms + 999) / 1000;
  }
  return result;
}

bool is_event_stream(const ProviderApi& api, const net::Headers& headers) {
  return text::to_ascii_lower(headers.find("content-type")).starts_with(api.stream_type());
}

AttemptResult failed_stream(Error error) {
  const bool malformed = error.code == Code::UpstreamError;
  return failed(malformed ? FailureKind::BadAnswer : classify(error), std::move(error));
}

// The events of a stream, however the provider frames them.
class EventDecoder {
 public:
  explicit EventDecoder(const ProviderApi& api) : own_(api.framing()) {}

  // Calls `take` with the data of each event.
  template <class Take>
  Result<void> feed(std::string_view bytes, const Take& take) {
    if (own_) return own_->feed(bytes, std::cref(take));
    return sse_.feed(bytes, [&take](const net::SseEvent& event) { return take(event.data); });
  }
  bool inside_event() const { return own_ ? own_->inside_event() : sse_.inside_event(); }

 private:
  net::SseDecoder sse_;
  std::unique_ptr<StreamFraming> own_;
};

// Feeds the events of the answer to the sink until it ends; what came together is sent together.
Task<AttemptResult> feed_events(const ProviderApi& api, net::ClientResponse& response,
                                const EndpointConfig& endpoint, StreamSink& sink) {
  const auto most = static_cast<uint64_t>(endpoint.limits.max_response_bytes);
  EventDecoder decoder(api);
  bool begun = false;
  const auto take = [&](std::string_view data) -> Result<void> {
    begun = true;
    return sink.event(data);
  };
  while (!sink.done()) {
    auto ready = response.read_ready();
    if (!ready) {
      auto sent = co_await sink.flush();
      if (!sent) co_return failed_stream(std::move(sent).error());
      response.set_idle_ms(begun ? endpoint.timeouts.idle_ms : endpoint.timeouts.first_token_ms);
      ready = co_await response.read();
    }
    const Result<std::string_view>& piece = *ready;
    if (!piece) co_return failed(std::move(*ready).error());
    if (piece->empty()) break;
    if (response.bytes_received() > most) {
      co_return failed(FailureKind::TooLarge,
                       Error(Code::UpstreamError, "The provider's stream is larger than " +
                                                      std::to_string(most) + " bytes."));
    }
    if (auto fed = decoder.feed(*piece, take); !fed)
      co_return failed_stream(std::move(fed).error());
  }
  if (!sink.done() && decoder.inside_event()) {
    co_return failed(FailureKind::Reset,
                     Error(Code::UpstreamError, "The provider's stream ended inside an event."));
  }
  AttemptResult result;
  result.streamed = true;
  co_return result;
}

Task<AttemptResult> read_stream(const ProviderApi& api, net::ClientResponse& response,
                                const EndpointConfig& endpoint, StreamSink& sink) {
  AttemptResult result = co_await feed_events(api, response, endpoint, sink);
  auto sent = co_await sink.flush();
  if (!sent && result.failure == FailureKind::None) result = failed_stream(std::move(sent).error());
  // Past the last event only the end of the body is left: reading it frees the connection for the
  // next call.
  if (result.failure == FailureKind::None) {
    response.set_idle_ms(kAfterDoneMs);
    (void)co_await response.read();
  }
  co_return result;
}

Task<AttemptResult> read_answer_body(net::ClientResponse& response, AttemptContext& attempt) {
  const auto most = static_cast<size_t>(attempt.endpoint.limits.max_response_bytes);
  auto body = co_await net::Client::read_all(response, most);
  if (!body) {
    Error error = std::move(body).error();
    const FailureKind kind = classify(error);
    if (kind == FailureKind::TooLarge) error.code = Code::UpstreamError;
    co_return failed(kind, std::move(error));
  }
  AttemptResult result;
  result.content_type = response.head().headers.find("content-type");
  result.body = *std::move(body);
  co_return result;
}

}  // namespace

AttemptResult failed(FailureKind kind, Error error) {
  AttemptResult result;
  result.failure = kind;
  result.error = std::move(error);
  return result;
}

AttemptResult failed(Error error) {
  const FailureKind kind = classify(error);
  return failed(kind, std::move(error));
}

Task<AttemptResult> call_provider(const ProviderCall& call, AttemptContext& attempt,
                                  StreamSink& sink) {
  std::string headers;
  headers.reserve(512);
  net::append_header(headers, "content-type",
                     call.content_type.empty() ? "application/json" : call.content_type);
  net::append_header(headers, "accept", call.stream ? call.api.stream_type() : call.accept);
  headers += call.header_block;
  net::append_header(headers, "traceparent", attempt.context.trace.traceparent());
  net::append_header(headers, "x-request-id", attempt.context.request_id.view());
  const TimeoutsConfig& timeouts = attempt.endpoint.timeouts;
  const net::ClientTimeouts limits{timeouts.connect_ms, timeouts.first_byte_ms, timeouts.idle_ms,
                                   attempt.deadline};
  const net::ClientRequest request{call.origin, "POST", call.path, headers, call.body};
  auto sent = co_await attempt.client.send(request, limits, attempt.cancel, &attempt.sent);
  if (!sent) co_return failed(std::move(sent).error());
  net::ClientResponse& response = **sent;
  AttemptResult result;
  const int status = response.head().status;
  if (status < 200 || status >= 300) {
    auto text = co_await net::Client::read_all(response, kMaxErrorBody);
    result =
        refused(call.api, status, response.head().headers, text ? *std::move(text) : std::string());
  } else if (call.stream && is_event_stream(call.api, response.head().headers)) {
    result = co_await read_stream(call.api, response, attempt.endpoint, sink);
  } else {
    result = co_await read_answer_body(response, attempt);
    if (result.failure == FailureKind::None && call.stream) {
      // A stream was asked for: a plain body is an error in disguise.
      const openai::ProviderError said =
          call.api.read_error(response.head().headers, std::move(result.body));
      result = failed(FailureKind::BadAnswer,
                      Error(Code::UpstreamError,
                            "The provider answered a streaming call with something else: " +
                                said.message.substr(0, 200)));
    }
  }
  attempt.context.waited_us += response.waited_us();
  result.resources.bytes_in = static_cast<int64_t>(response.bytes_received());
  result.resources.bytes_out = static_cast<int64_t>(call.body.size());
  co_return result;
}

}  // namespace tandem::gateway
