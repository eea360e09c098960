#include "net/exchange.h"

#include <time.h>

#include <algorithm>
#include <charconv>

#include "base/text/scan.h"
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

void append_number(std::string& out, uint64_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, std::end(digits), number);
  out.append(digits, end);
}

// The size line of a chunk (RFC 9112 section 7.1).
std::string_view chunk_size(char (&line)[18], size_t size) {
  const auto [end, error] = std::to_chars(line, std::end(line), size, 16);
  end[0] = '\r';
  end[1] = '\n';
  return {line, static_cast<size_t>(end + 2 - line)};
}

size_t total_size(std::span<const std::string_view> pieces) {
  size_t total = 0;
  for (std::string_view piece : pieces) total += piece.size();
  return total;
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
  const size_t begun = block.size();
  block += value;
  if (text::has_control(value)) {
    const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    std::replace_if(block.begin() + static_cast<ptrdiff_t>(begun), block.end(), breaks, ' ');
  }
  block += "\r\n";
}

void Exchange::append_head(std::string& out, int status, std::string_view content_type,
                           std::string_view header_block) const {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<uint64_t>(status));
  out += ' ';
  out += status_text(status);
  out += "\r\ndate: ";
  out += http_date();
  out += "\r\n";
  if (!content_type.empty()) append_header(out, "content-type", content_type);
  append_header(out, "x-request-id", context_.request_id.view());
  append_header(out, "x-tandem-trace-id", context_.trace.trace_id.hex());
  if (!keep_alive_)
    out += "connection: close\r\n";
  else if (http_1_0_)
    out += "connection: keep-alive\r\n";
  out += header_block;
}

size_t Exchange::send_now(std::span<const std::string_view> pieces) {
  bytes_sent_ += total_size(pieces);
  return connection_->try_write(pieces);
}

Task<Result<void>> Exchange::send_rest(std::span<const std::string_view> pieces, size_t sent) {
  std::vector<std::string_view> rest;
  for (std::string_view piece : pieces) {
    const size_t skipped = std::min(sent, piece.size());
    sent -= skipped;
    if (skipped < piece.size()) rest.push_back(piece.substr(skipped));
  }
  if (co_await connection_->write(rest)) co_return Result<void>{};
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
  if (!no_body) {
    head += "content-length: ";
    append_number(head, response.body.size());
    head += "\r\n";
  }
  head += "\r\n";
  const std::string_view body = head_request_ || no_body ? "" : std::string_view(response.body);
  const std::string_view pieces[] = {head, body};
  const size_t sent = send_now(pieces);
  if (sent == total_size(pieces)) co_return Result<void>{};
  co_return co_await send_rest(pieces, sent);
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
  char line[18];
  const bool chunk = chunked_ && !piece.empty();
  std::string head;
  head.swap(head_);
  const std::string_view pieces[] = {head, chunk ? chunk_size(line, piece.size()) : "", piece,
                                     chunk ? "\r\n" : ""};
  const size_t sent = send_now(pieces);
  if (sent == total_size(pieces)) co_return Result<void>{};
  co_return co_await send_rest(pieces, sent);
}

Task<Result<void>> Exchange::finish(std::string_view last_piece) {
  finished_ = true;
  char line[18];
  const bool chunk = chunked_ && !last_piece.empty();
  std::string head;
  head.swap(head_);
  const std::string_view end = !chunked_ ? "" : chunk ? "\r\n0\r\n\r\n" : "0\r\n\r\n";
  const std::string_view pieces[] = {head, chunk ? chunk_size(line, last_piece.size()) : "",
                                     last_piece, end};
  const size_t sent = send_now(pieces);
  if (sent == total_size(pieces)) co_return Result<void>{};
  co_return co_await send_rest(pieces, sent);
}

void Exchange::abort() {
  finished_ = true;
  keep_alive_ = false;
  connection_->stream().reset();
}

}  // namespace tandem::net
