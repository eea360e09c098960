#include "net/exchange.h"

#include <fmt/format.h>
#include <time.h>

#include "net/connection.h"
#include "net/http/url.h"
#include "net/status_text.h"

namespace tandem::net {
namespace {

// IMF-fixdate (RFC 9110 section 5.6.7), made once a second.
std::string_view http_date() {
  thread_local time_t made_at = 0;
  thread_local std::string date;
  const time_t now = ::time(nullptr);
  if (now != made_at) {
    tm parts{};
    gmtime_r(&now, &parts);
    char buffer[40];
    strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date = buffer;
    made_at = now;
  }
  return date;
}

Failure gone() {
  return fail(Code::Cancelled, "The client closed the connection before the answer was complete.");
}

}  // namespace

std::optional<std::string> Request::query_param(std::string_view name) const {
  return query_value(query_, name);
}

std::string_view Request::path_param(std::string_view name) const {
  for (const auto& [key, value] : path_params_) {
    if (key == name) return value;
  }
  return {};
}

Response Response::json(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response Response::text(int status, std::string body) {
  Response response = json(status, std::move(body));
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

Response Response::empty(int status) {
  Response response;
  response.status = status;
  response.content_type.clear();
  return response;
}

Response& Response::add_header(std::string_view name, std::string_view value) {
  append_header(header_block, name, value);
  return *this;
}

void append_header(std::string& block, std::string_view name, std::string_view value) {
  block += name;
  block += ": ";
  for (char c : value) block += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  block += "\r\n";
}

void Exchange::append_head(std::string& out, int status, std::string_view content_type,
                           std::string_view header_block) const {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\ndate: {}\r\n", status,
                 status_text(status), http_date());
  if (!content_type.empty()) append_header(out, "content-type", content_type);
  append_header(out, "x-request-id", context_.request_id.view());
  append_header(out, "x-tandem-trace-id", context_.trace.trace_id.hex());
  if (!keep_alive_)
    out += "connection: close\r\n";
  else if (http_1_0_)
    out += "connection: keep-alive\r\n";
  out += header_block;
}

Task<Result<void>> Exchange::send(std::span<const std::string_view> pieces) {
  for (std::string_view piece : pieces) bytes_sent_ += piece.size();
  const bool sent = co_await connection_.write(pieces);
  if (sent) co_return Result<void>{};
  context_.cancel.fire();
  co_return gone();
}

Task<Result<std::string_view>> Exchange::read_body() {
  return body_reader_();
}

Task<Result<void>> Exchange::respond(Response response) {
  started_ = finished_ = true;
  status_ = response.status;
  std::string head;
  head.reserve(512 + response.header_block.size());
  append_head(head, response.status, response.content_type, response.header_block);
  const bool no_body = response.status == 204 || response.status == 304;
  if (!no_body)
    fmt::format_to(std::back_inserter(head), "content-length: {}\r\n", response.body.size());
  head += "\r\n";
  const std::string_view body = head_request_ || no_body ? "" : std::string_view(response.body);
  const std::string_view pieces[] = {head, body};
  co_return co_await send(pieces);
}

void Exchange::start(int status, std::string_view content_type, std::string_view header_block) {
  started_ = true;
  status_ = status;
  // HTTP/1.0 knows no chunks: there the end of the connection is the end of the answer.
  chunked_ = !http_1_0_;
  if (http_1_0_) keep_alive_ = false;
  append_head(head_, status, content_type, header_block);
  head_ += chunked_ ? "transfer-encoding: chunked\r\n\r\n" : "\r\n";
}

Task<Result<void>> Exchange::write(std::string_view piece) {
  char size[24];
  size_t size_length = 0;
  if (chunked_ && !piece.empty()) {
    size_length = static_cast<size_t>(fmt::format_to(size, "{:x}\r\n", piece.size()) - size);
  }
  std::string head;
  head.swap(head_);
  const std::string_view pieces[] = {
      head, {size, size_length}, piece, size_length > 0 ? "\r\n" : ""};
  co_return co_await send(pieces);
}

Task<Result<void>> Exchange::finish(std::string_view last_piece) {
  finished_ = true;
  char size[24];
  size_t size_length = 0;
  if (chunked_ && !last_piece.empty()) {
    size_length = static_cast<size_t>(fmt::format_to(size, "{:x}\r\n", last_piece.size()) - size);
  }
  std::string head;
  head.swap(head_);
  const std::string_view end = !chunked_ ? "" : size_length > 0 ? "\r\n0\r\n\r\n" : "0\r\n\r\n";
  const std::string_view pieces[] = {head, {size, size_length}, last_piece, end};
  co_return co_await send(pieces);
}

void Exchange::abort() {
  finished_ = true;
  keep_alive_ = false;
  connection_.stream().reset();
}

}  // namespace tandem::net
