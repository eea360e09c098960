#include "net/io/tls_context.h"

#include <boost/asio/ssl/context.hpp>

namespace tandem::net {

namespace ssl = boost::asio::ssl;

struct TlsContext::Impl {
  explicit Impl(ssl::context::method method) : context(method) {}
  ssl::context context;
};

TlsContext::TlsContext() = default;
TlsContext::~TlsContext() = default;
void* TlsContext::native() const {
  return &impl_->context;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const std::string& ca_file) {
  std::shared_ptr<TlsContext> made(new TlsContext);
  made->impl_ = std::make_unique<Impl>(ssl::context::tls_client);
  ssl::context& context = made->impl_->context;
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (ca_file.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(ca_file, error);
  if (error) {
    return fail(Code::InvalidArgument,
                "The certificates in \"" + ca_file + "\" cannot be read: " + error.message() + ".",
                "Give a readable PEM file.", "ca_file");
  }
  context.set_verify_mode(ssl::verify_peer, error);
  return made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const std::string& certificate_file,
                                                             const std::string& key_file) {
  std::shared_ptr<TlsContext> made(new TlsContext);
  made->impl_ = std::make_unique<Impl>(ssl::context::tls_server);
  ssl::context& context = made->impl_->context;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  boost::system::error_code error;
  context.use_certificate_chain_file(certificate_file, error);
  if (error) {
    return fail(Code::InvalidArgument,
                "The certificate chain \"" + certificate_file +
                    "\" cannot be used: " + error.message() + ".",
                "Give a readable PEM file, the server's certificate first.", "tls.certificate");
  }
  context.use_private_key_file(key_file, ssl::context::pem, error);
  if (error) {
    return fail(Code::InvalidArgument,
                "The private key \"" + key_file + "\" cannot be used: " + error.message() + ".",
                "Give the readable PEM file of the key that belongs to the certificate.",
                "tls.key");
  }
  return made;
}

}  // namespace tandem::net
