// Connection: the socket of one client with its input buffer. It always keeps a read under way,
// also while a request is being answered: so the next request is there early, and a client that
// goes away is noticed at once (its cancel source fires). Belongs to one io thread; kept alive by
// shared_ptr while a read is pending.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/cancel.h"
#include "base/async/deadlines.h"
#include "base/async/event.h"
#include "base/async/io_threads.h"
#include "net/io/stream.h"

namespace tandem::net {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::unique_ptr<SocketHolder> socket, IoThread& thread);

  Stream& stream() { return stream_; }
  IoThread& thread() { return thread_; }

  // Bytes that came and were not consumed.
  std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(size_t bytes) { begin_ += bytes; }
  // Waits until more bytes than `than` are buffered; false at the end of the stream or on an error.
  Task<bool> read_more();
  // Keeps reading in the background, up to a full buffer.
  void start_reading();
  bool ended() const { return ended_; }

  // Sends what the socket takes at once and returns how much; nothing where it is encrypted.
  size_t try_write(std::span<const std::string_view> pieces);
  // Sends all pieces; false once the client is gone or takes nothing for kWriteStallMs.
  Task<bool> write(std::span<const std::string_view> pieces);

  // Fires when the client goes away; null: nobody listens. Set for the time of a request.
  void set_cancel(CancelSource* source);
  void close();

 private:
  void on_read(const IoResult& result);

  IoThread& thread_;
  Stream stream_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool reading_ = false;
  bool ended_ = false;
  Event arrived_;
  CancelSource* cancel_ = nullptr;
  std::shared_ptr<Connection> alive_while_reading_;
};

}  // namespace tandem::net
