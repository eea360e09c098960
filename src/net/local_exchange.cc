#include "net/local_exchange.h"

#include "base/error/surface.h"

namespace tandem::net {

LocalExchange::LocalExchange(IoThread& thread, const Route& route, std::string body)
    : Exchange(thread) {
  route_ = &route;
  request_.method_ = method_name(route.method);
  request_.path_ = route.pattern;
  request_.headers_ = &headers_;
  request_.wire_body_bytes_ = body.size();
  request_.body_ = std::move(body);
  context_.request_id = RequestId::make("req");
  context_.trace = TraceContext::root();
  context_.started_us = wall_now_us();
  context_.started_steady_us = steady_now_us();
  body_reader_ = [this, given = false]() mutable -> Task<Result<std::string_view>> {
    const std::string_view piece = given ? std::string_view() : request_.body_;
    given = true;
    co_return piece;
  };
}

void LocalExchange::end(Result<void> outcome) {
  if (outcome || finished_) return;
  error_ = std::move(outcome).error();
  finished_ = true;
  status_ = answer_.status = http_status(*error_);
  answer_.content_type = "application/json";
  answer_.header_block = error_headers_;
  answer_.body = error_body(route_->surface, *error_, context_.trace.trace_id.hex(),
                            context_.request_id.view());
}

Task<Result<void>> LocalExchange::respond(Response response) {
  started_ = finished_ = true;
  status_ = response.status;
  bytes_sent_ += response.body.size();
  answer_ = std::move(response);
  co_return Result<void>{};
}

void LocalExchange::start(int status, std::string_view content_type,
                          std::string_view header_block) {
  started_ = true;
  status_ = answer_.status = status;
  answer_.content_type = content_type;
  answer_.header_block = header_block;
}

Task<Result<void>> LocalExchange::write(std::string_view piece) {
  bytes_sent_ += piece.size();
  answer_.body += piece;
  co_return Result<void>{};
}

Task<Result<void>> LocalExchange::finish(std::string_view last_piece) {
  finished_ = true;
  co_return co_await write(last_piece);
}

void LocalExchange::abort() {
  finished_ = true;
  status_ = answer_.status = 502;
}

}  // namespace tandem::net
