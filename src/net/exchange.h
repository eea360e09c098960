// One request and its answer, as handlers see them. An Exchange lives on the io thread of its
// connection for as long as its handler runs; handlers may keep references to it across co_await.
//   Task<Result<Response>> get_key(Exchange& exchange) {
//     const auto id = exchange.request().path_param("id");
//     …
//     co_return Response::json(200, std::move(body));
//   }
// Streaming handlers call start(), write() and finish() themselves. A request that no client sent
// is a LocalExchange (local_exchange.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async/io_threads.h"
#include "base/async/task.h"
#include "base/context.h"
#include "net/http/headers.h"

namespace tandem::net {

class Connection;
struct Route;

class Request {
 public:
  std::string_view method() const { return method_; }
  std::string_view path() const { return path_; }  // percent-encoded as sent
  std::string_view query() const { return query_; }
  const Headers& headers() const { return *headers_; }
  std::string_view header(std::string_view name) const { return headers_->find(name); }
  // The decoded value of ?name=; nullopt where absent.
  std::optional<std::string> query_param(std::string_view name) const;
  // The decoded value of {name} in the route's pattern; empty where the pattern lacks it.
  std::string_view path_param(std::string_view name) const;
  // The whole body, decompressed. Empty on routes that stream their body.
  const std::string& body() const { return body_; }
  std::string take_body() { return std::move(body_); }
  // Bytes of the body as they came over the wire.
  uint64_t wire_body_bytes() const { return wire_body_bytes_; }

 private:
  friend class Session;
  friend class LocalExchange;
  std::string_view method_, path_, query_;
  const Headers* headers_ = nullptr;
  std::vector<std::pair<std::string_view, std::string>> path_params_;
  std::string body_;
  uint64_t wire_body_bytes_ = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string header_block;  // further headers, each "name: value\r\n"

  static Response json(int status, std::string body);
  static Response text(int status, std::string body);
  static Response empty(int status);  // 204 and the like
  Response& add_header(std::string_view name, std::string_view value);
};

// Appends "name: value\r\n"; line breaks in `value` become spaces (no header injection).
void append_header(std::string& block, std::string_view name, std::string_view value);

class Exchange {
 public:
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  Request& request() { return request_; }
  const Request& request() const { return request_; }
  RequestContext& context() { return context_; }
  const RequestContext& context() const { return context_; }
  const Route& route() const { return *route_; }
  IoThread& thread() const { return thread_; }

  // The next piece of the body of a streaming route; empty at its end. The view lives until the
  // next call. The pieces are decompressed.
  Task<Result<std::string_view>> read_body();

  // Sends a complete answer.
  virtual Task<Result<void>> respond(Response response);
  // Begins an answer of unknown length; sent together with the first write().
  virtual void start(int status, std::string_view content_type, std::string_view header_block);
  // Sends a piece. Waits while the client does not read; Cancelled once it is gone.
  virtual Task<Result<void>> write(std::string_view piece);
  // Sends a last piece, then the end of the answer.
  virtual Task<Result<void>> finish(std::string_view last_piece = {});
  // Cuts the answer short: the client sees a broken connection, never a complete answer.
  virtual void abort();

  // Headers that an error answer of this exchange carries, too.
  void set_error_headers(std::string header_block) { error_headers_ = std::move(header_block); }

  bool started() const { return started_; }
  bool finished() const { return finished_; }
  int status() const { return status_; }
  uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  friend class Session;
  friend class LocalExchange;
  Exchange(Connection& connection, IoThread& thread) : connection_(&connection), thread_(thread) {}
  explicit Exchange(IoThread& thread) : thread_(thread) {}
  void append_head(std::string& out, int status, std::string_view content_type,
                   std::string_view header_block) const;
  // What the socket takes without waiting, nearly always everything: returns how much.
  size_t send_now(std::span<const std::string_view> pieces);
  Task<Result<void>> send_rest(std::span<const std::string_view> pieces, size_t sent);

  Connection* connection_ = nullptr;  // null: a LocalExchange
  IoThread& thread_;
  Request request_;
  RequestContext context_;
  const Route* route_ = nullptr;
  std::string error_headers_;
  std::string head_;  // the head of a streamed answer until it is sent
  bool started_ = false;
  bool finished_ = false;
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool head_request_ = false;
  bool http_1_0_ = false;
  int status_ = 0;
  uint64_t bytes_sent_ = 0;
  std::function<Task<Result<std::string_view>>()> body_reader_;
};

using ApiHandler = std::function<Task<Result<Response>>(Exchange&)>;
using StreamHandler = std::function<Task<Result<void>>(Exchange&)>;

}  // namespace tandem::net
