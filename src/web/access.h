// SPDX-License-Identifier: Apache-2.0
// Who may look. On a loopback address everybody on this machine may, as long as the browser was asked for this machine
// by one of its own names: so that no page of another host can have its name point here and read along (DNS rebinding).
// With a token, who has it may: as a bearer token, or, in a browser, by a cookie that the login form gives, until it
// logs out. Used by one thread, the web page's own.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "web/wrong_tokens.h"

namespace salestream::web {

inline constexpr std::size_t kMinTokenBytes = 16;
inline constexpr std::size_t kMaxSessions = 256;  // beyond it, the browser that logged in first has to do so again

// The token in a file, without the white space around it.
base::Result<std::string> read_token(const std::string& file);

class Access {
 public:
  // Of a server at `address`, such as "127.0.0.1:8080". Without a token, `is_loopback` has to be true. With TLS,
  // cookies never travel without it.
  static base::Result<Access> make(bool is_loopback, std::optional<std::string> token, const std::string& address,
                                   bool uses_tls = false);

  // The answer to who may not; nothing for who may. `is_open`: a page that needs no token, such as the login form.
  std::optional<http::Response> refusal(const http::Request& request, bool is_open);

  bool has_token() const { return token_.has_value(); }
  // After the login form: the cookie and the way to the page, or the form again. The body is `token=…`.
  http::Response login(const http::Request& request);
  // The request's cookie ends, wherever somebody kept it.
  http::Response logout(const http::Request& request);

 private:
  Access() = default;
  enum class Verdict : unsigned char { kRight, kWrong, kTooMany };
  Verdict judge(std::string_view given, const std::string& client);
  bool has_session(const http::Request& request) const;
  std::string cookie(std::string_view value, std::string_view more) const;

  bool is_loopback_ = false, uses_tls_ = false;
  std::optional<std::string> token_;
  std::string cookie_;  // its name has the port: browsers keep one set of cookies for all ports of a host
  // The cookies' values, oldest first: made at random for each login, so that the token itself stays out of browsers.
  std::deque<std::string> sessions_;
  WrongTokens wrong_tokens_;
};

}  // namespace salestream::web
