#include "net/connection.h"

#include "base/limits.h"
#include "net/io/socket_holder.h"

namespace tandem::net {
namespace {

constexpr size_t kFirstBuffer = 4 * 1024;
constexpr size_t kLargestBuffer = limits::kMaxHeaderBytes + 16 * 1024;

}  // namespace

Connection::Connection(std::unique_ptr<SocketHolder> socket, IoThread& thread)
    : thread_(thread), stream_(std::move(socket)), buffer_(kFirstBuffer), arrived_(thread.io()) {}

void Connection::start_reading() {
  if (reading_ || ended_) return;
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else if (buffer_.size() < kLargestBuffer) {
      buffer_.resize(std::min(buffer_.size() * 4, kLargestBuffer));
    } else {
      return;  // full: the parser must take some first
    }
  }
  reading_ = true;
  alive_while_reading_ = shared_from_this();
  stream_.start_read(buffer_.data() + end_, buffer_.size() - end_,
                     [this](const IoResult& result) { on_read(result); });
}

void Connection::on_read(const IoResult& result) {
  const auto self = std::move(alive_while_reading_);
  reading_ = false;
  end_ += result.bytes;
  if (!result.ok) {
    ended_ = true;
    if (cancel_) cancel_->fire();
  }
  arrived_.notify_now();
}

Task<bool> Connection::read_more() {
  if (ended_) co_return false;
  const size_t had = end_ - begin_;
  if (!reading_) start_reading();
  if (!reading_) co_return false;  // the buffer is full
  while (reading_ && end_ - begin_ <= had) co_await arrived_.wait();
  co_return end_ - begin_ > had;
}

size_t Connection::try_write(std::span<const std::string_view> pieces) {
  bool failed = false;  // write() meets the same failure and reports it
  return stream_.try_write(pieces, failed);
}

Task<bool> Connection::write(std::span<const std::string_view> pieces) {
  const Deadline stall = Deadline::after_ms(limits::kWriteStallMs, steady_now_us());
  DeadlineWatch watch(thread_.deadlines(), stall, [this] { stream_.reset(); });
  const IoResult result = co_await stream_.write(pieces);
  co_return result.ok;
}

void Connection::set_cancel(CancelSource* source) {
  cancel_ = source;
  if (source && ended_) source->fire();
}

void Connection::close() {
  stream_.close();
}

}  // namespace tandem::net
