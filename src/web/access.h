// SPDX-License-Identifier: Apache-2.0
// Who may look. On a loopback address everybody on this machine may, as long as the browser was asked for this machine
// by one of its own names: so that no page of another host can have its name point here and read along (DNS rebinding).
// With a token, who has it may: as a bearer token, or, in a browser, by a cookie that the login form gives. Immutable
// once made; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace salestream::web {

inline constexpr std::size_t kMinTokenBytes = 16;

// The token in a file, without the white space around it.
base::Result<std::string> read_token(const std::string& file);

class Access {
 public:
  // Of a server at `address`, such as "127.0.0.1:8080". Without a token, `is_loopback` has to be true. With TLS,
  // cookies never travel without it.
  static base::Result<Access> make(bool is_loopback, std::optional<std::string> token, const std::string& address,
                                   bool uses_tls = false);

  // The answer to who may not; nothing for who may. `is_open`: a page that needs no token, such as the login form.
  std::optional<http::Response> refusal(const http::Request& request, bool is_open) const;

  bool has_token() const { return token_.has_value(); }
  // After the login form: the cookie and the way to the page, or the form again. The body is `token=…`.
  http::Response login(const http::Request& request) const;
  http::Response logout() const;

 private:
  Access() = default;
  bool is_known(const http::Request& request) const;
  std::string cookie(std::string_view value, std::string_view more) const;

  bool is_loopback_ = false, uses_tls_ = false;
  std::optional<std::string> token_;
  std::string cookie_;  // its name has the port: browsers keep one set of cookies for all ports of a host
  std::string
      session_;  // the cookie's value: made at random for this run, so that the token itself stays out of browsers
};

}  // namespace salestream::web
