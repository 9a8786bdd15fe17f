// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <fmt/format.h>
#include <string.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

namespace salestream::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr std::size_t kMaxPemBytes = 1 << 20;

base::Error wrong(const std::string& file, std::string_view what) {
  return base::usage_error(fmt::format("--http-tls {}: {}", file, what));
}

base::Result<std::string> read_pem(const std::string& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxPemBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) return wrong(file, strerror(errno == 0 ? EIO : errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxPemBytes) return wrong(file, "larger than 1 MiB, which no certificate or key is");
  return text;
}

bool is_mismatch(const error_code& error) {
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return error.category() == boost::asio::error::get_ssl_category() &&
         (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH);
}

}  // namespace

TlsIdentity::TlsIdentity(std::unique_ptr<ssl::context> context) : context_(std::move(context)) {}
TlsIdentity::~TlsIdentity() = default;

base::Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::load(const std::string& certificate_file,
                                                                   const std::string& key_file) {
  SALESTREAM_ASSIGN(const std::string certificate, read_pem(certificate_file));
  SALESTREAM_ASSIGN(const std::string key, read_pem(key_file));
  error_code failed;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1)
    return base::failure("--http-tls: this system's OpenSSL has no TLS 1.2");
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);

  context->use_certificate_chain(boost::asio::buffer(certificate), failed);
  if (failed) {
    if (certificate.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
      return wrong(certificate_file, "no certificate in it; expected PEM: -----BEGIN CERTIFICATE-----");
    return wrong(certificate_file, "not a certificate that can be used: " + failed.message());
  }
  // OpenSSL would ask for a passphrase on the terminal.
  if (key.find("ENCRYPTED") != std::string::npos)
    return wrong(key_file,
                 "the key is encrypted; give it without a passphrase, in a file that only salestream's user reads");
  context->use_private_key(boost::asio::buffer(key), ssl::context::pem, failed);
  if (is_mismatch(failed)) return wrong(key_file, "not the key of the certificate in " + certificate_file);
  if (failed) {
    if (key.find("PRIVATE KEY-----") == std::string::npos)
      return wrong(key_file, "no private key in it; expected PEM: -----BEGIN PRIVATE KEY-----");
    return wrong(key_file, "not a key that can be used: " + failed.message());
  }
  return std::shared_ptr<const TlsIdentity>(new TlsIdentity(std::move(context)));
}

}  // namespace salestream::http
