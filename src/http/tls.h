// SPDX-License-Identifier: Apache-2.0
// The certificate and the private key that a server shows to its clients, and how it speaks TLS: version 1.2 at least,
// no renegotiation. Read from PEM files once; a renewed certificate is seen by the next start. Immutable; any thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace boost::asio::ssl {
class context;
}

namespace salestream::http {

class TlsIdentity {
 public:
  // The certificate file begins with the server's own and goes on with those that signed it, as far as clients need
  // them. The error names the file and what is wrong with it.
  static base::Result<std::shared_ptr<const TlsIdentity>> load(const std::string& certificate_file,
                                                               const std::string& key_file);
  ~TlsIdentity();

  // For the transport.
  boost::asio::ssl::context& context() const { return *context_; }

 private:
  explicit TlsIdentity(std::unique_ptr<boost::asio::ssl::context> context);
  const std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace salestream::http
