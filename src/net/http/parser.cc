#include "net/http/parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>

namespace tandem::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view plain(string_view text) {
  return {text.data(), text.size()};
}

// What both parsers share: where they put the head and whom they give the body.
struct Target {
  MessageHead head;
  BodySink* sink = nullptr;
  std::optional<Error> sink_error;
  size_t max_header_count = 0;
  uint64_t chunk_left = 0;  // of the chunk whose header was read last

  void field(std::string_view name, std::string_view value, error_code& ec) {
    if (head.headers.size() >= max_header_count)
      ec = http::error::header_limit;
    else
      head.headers.add(name, value);
  }
  size_t body(std::string_view bytes, error_code& ec) {
    if (auto taken = sink->on_body(bytes); !taken) {
      sink_error = std::move(taken).error();
      ec = http::error::body_limit;
    }
    return bytes.size();
  }
};

template <bool isRequest>
class BeastParser : public http::basic_parser<isRequest> {
 public:
  explicit BeastParser(Target& target) : target_(target) {}

 private:
  void on_request_impl(http::verb, string_view method, string_view path, int version,
                       error_code&) override {
    target_.head.method.assign(method.data(), method.size());
    target_.head.target.assign(path.data(), path.size());
    target_.head.minor_version = version % 10;
  }
  void on_response_impl(int code, string_view, int version, error_code&) override {
    target_.head.status = code;
    target_.head.minor_version = version % 10;
  }
  void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
    target_.field(plain(name), plain(value), ec);
  }
  void on_header_impl(error_code& ec) override { ec = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code& ec) override {
    ec = {};
  }
  std::size_t on_body_impl(string_view body, error_code& ec) override {
    return target_.body(plain(body), ec);
  }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& ec) override {
    target_.chunk_left = size;
    ec = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t left, string_view body, error_code& ec) override {
    target_.chunk_left = left - body.size();
    return target_.body(plain(body), ec);
  }
  void on_finish_impl(error_code& ec) override { ec = {}; }

  Target& target_;
};

Error parse_error(const error_code& ec, bool request, const ParserLimits& limits) {
  const std::string what = request ? "The request" : "The response";
  if (ec == http::error::header_limit) {
    return Error(Code::HeadersTooLarge,
                 what + " has more than " + std::to_string(limits.max_header_bytes) + " bytes or " +
                     std::to_string(limits.max_header_count) + " header fields.",
                 "Send fewer or shorter headers.");
  }
  if (ec == http::error::body_limit) {
    return Error(Code::PayloadTooLarge, what + " has a larger body than allowed here.");
  }
  return Error(Code::InvalidArgument, what + " is not valid HTTP/1.1: " + ec.message() + ".",
               "Check the client, or a proxy between.");
}

// "0", CR, LF and one byte more, where the first chunk is also the last: Beast, which has seen the
// first three, asserts that it is next shown five.
bool is_cut_last_chunk(std::string_view rest, const Target& target) {
  return target.chunk_left == 0 && rest.size() == 4 && rest.starts_with("0\r\n");
}

}  // namespace

struct MessageParser::Impl {
  Kind kind;
  ParserLimits limits;
  Target target;
  std::optional<BeastParser<true>> request;
  std::optional<BeastParser<false>> response;

  template <class F>
  auto visit(F&& f) {
    return kind == Kind::Request ? f(*request) : f(*response);
  }
  template <class Parser>
  void start(std::optional<Parser>& parser) {
    parser.emplace(target);
    parser->eager(false);
    parser->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
    parser->body_limit(limits.max_body_bytes);
  }
};

MessageParser::MessageParser(Kind kind, ParserLimits limits) : impl_(std::make_unique<Impl>()) {
  impl_->kind = kind;
  impl_->limits = limits;
  impl_->target.max_header_count = limits.max_header_count;
  reset();
}

MessageParser::~MessageParser() = default;

void MessageParser::reset() {
  MessageHead& head = impl_->target.head;
  head.headers.clear();
  head.status = 0;
  head.keep_alive = true;
  head.chunked = false;
  head.content_length.reset();
  impl_->target.sink_error.reset();
  impl_->target.chunk_left = 0;
  if (impl_->kind == Kind::Request)
    impl_->start(impl_->request);
  else
    impl_->start(impl_->response);
}

void MessageParser::set_max_body_bytes(uint64_t bytes) {
  impl_->limits.max_body_bytes = bytes;
  impl_->visit([&](auto& parser) { parser.body_limit(bytes); });
}

void MessageParser::expect_no_body() {
  if (impl_->response) impl_->response->skip(true);
}

Result<size_t> MessageParser::feed(std::string_view bytes, BodySink& sink) {
  return impl_->visit([&](auto& parser) -> Result<size_t> {
    impl_->target.sink = &sink;
    const bool had_head = parser.is_header_done();
    error_code ec;
    size_t used = 0;
    // Beast stops after each chunk header and each piece of a body: go on while it moves.
    while (used < bytes.size() && !parser.is_done()) {
      const std::string_view rest = bytes.substr(used);
      if (parser.is_header_done() && parser.chunked() && is_cut_last_chunk(rest, impl_->target)) {
        break;
      }
      const size_t taken = parser.put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
      used += taken;
      if (ec == http::error::need_more) break;
      if (ec) break;
      if (!had_head && parser.is_header_done()) break;
      if (taken == 0) break;
    }
    if (ec && ec != http::error::need_more) {
      if (impl_->target.sink_error) return fail(*std::move(impl_->target.sink_error));
      return fail(parse_error(ec, impl_->kind == Kind::Request, impl_->limits));
    }
    if (!had_head && parser.is_header_done()) {
      MessageHead& head = impl_->target.head;
      head.keep_alive = parser.keep_alive();
      head.chunked = parser.chunked();
      if (const auto length = parser.content_length()) head.content_length = *length;
    }
    return used;
  });
}

Result<void> MessageParser::feed_end() {
  return impl_->visit([&](auto& parser) -> Result<void> {
    error_code ec;
    parser.put_eof(ec);
    if (ec) return fail(parse_error(ec, impl_->kind == Kind::Request, impl_->limits));
    return {};
  });
}

bool MessageParser::head_done() const {
  return impl_->visit([](auto& parser) { return parser.is_header_done(); });
}

bool MessageParser::done() const {
  return impl_->visit([](auto& parser) { return parser.is_done(); });
}

bool MessageParser::ends_at_close() const {
  return impl_->visit([](auto& parser) { return parser.need_eof() && !parser.is_done(); });
}

const MessageHead& MessageParser::head() const {
  return impl_->target.head;
}

}  // namespace tandem::net
