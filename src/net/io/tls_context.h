// TLS settings (TLS 1.2 and newer) for the server's certificate or for calling upstreams.
// Immutable once made, shared by all io threads.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace tandem::net {

class TlsContext {
 public:
  // Certificates of the system, or the PEM file `ca_file` where it is not empty.
  static Result<std::shared_ptr<const TlsContext>> client(const std::string& ca_file);
  // PEM files of the chain and of the private key. Errors name the file.
  static Result<std::shared_ptr<const TlsContext>> server(const std::string& certificate_file,
                                                          const std::string& key_file);
  ~TlsContext();
  void* native() const;  // boost::asio::ssl::context*

 private:
  TlsContext();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::net
