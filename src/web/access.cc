// SPDX-License-Identifier: Apache-2.0
#include "web/access.h"

#include <errno.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/random.h>

#include <array>
#include <fstream>

#include "http/endpoint.h"

namespace salestream::web {
namespace {

constexpr std::size_t kMaxTokenFileBytes = 4096;

// Takes as long for every text of a length, so that nobody can guess a secret piece by piece.
bool is_equal(std::string_view secret, std::string_view given) {
  unsigned char different = secret.size() == given.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    different |= static_cast<unsigned char>(secret[i % secret.size()]) ^ static_cast<unsigned char>(given[i]);
  return different == 0;
}

// The cookie of that name in "a=1; b=2".
std::optional<std::string_view> cookie_of(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const auto end = cookies.find(';');
    std::string_view cookie = cookies.substr(0, end);
    cookies.remove_prefix(end == std::string_view::npos ? cookies.size() : end + 1);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(name) && cookie.substr(name.size()).starts_with('=')) return cookie.substr(name.size() + 1);
  }
  return std::nullopt;
}

}  // namespace

base::Result<std::string> read_token(const std::string& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxTokenFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad())
    return base::usage_error(fmt::format("--http-token-file {}: {}", file, strerror(errno == 0 ? EIO : errno)));
  text.resize(static_cast<std::size_t>(in.gcount()));
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  text = first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  for (const char c : text)
    if (c < 0x21 || c > 0x7E)
      return base::usage_error(
          fmt::format("--http-token-file {}: a token has letters, digits and signs of ASCII only", file));
  if (text.size() < kMinTokenBytes || text.size() > kMaxTokenFileBytes)
    return base::usage_error(fmt::format(
        "--http-token-file {}: a token has {} to {} characters, for instance those that `openssl rand -hex 32` prints",
        file, kMinTokenBytes, kMaxTokenFileBytes));
  return text;
}

base::Result<Access> Access::make(bool is_loopback, std::optional<std::string> token, const std::string& address,
                                  bool uses_tls) {
  if (!is_loopback && !token)
    return base::usage_error(
        "--http: other machines could read the totals at that address, so it needs --http-token-file FILE with a "
        "secret; without one, only addresses of this machine alone will do, such as 127.0.0.1:8080");
  Access access;
  access.is_loopback_ = is_loopback;
  access.uses_tls_ = uses_tls;
  access.token_ = std::move(token);
  access.cookie_ = "salestream_" + address.substr(address.rfind(':') + 1);
  std::array<unsigned char, 32> random;
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return base::failure("the system gives no random numbers, which the web page's login needs");
  for (const unsigned char byte : random) access.session_ += fmt::format("{:02x}", byte);
  return access;
}

std::optional<http::Response> Access::refusal(const http::Request& request, bool is_open) const {
  if (!token_) {
    if (http::is_loopback_name(request.header("host").value_or("localhost"))) return std::nullopt;
    return http::json_error(421, "that is not one of this machine's own names: use localhost or 127.0.0.1");
  }
  if (is_open || is_known(request)) return std::nullopt;
  const auto accepted = request.header("accept").value_or("");
  if (request.path == "/" && accepted.find("text/html") != std::string_view::npos) return http::redirect_to("/login");
  http::Response response =
      http::json_error(401, "this needs the token: as `Authorization: Bearer TOKEN`, or by the form at /login");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

bool Access::is_known(const http::Request& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  const auto authorization = request.header("authorization").value_or("");
  if (authorization.starts_with(kBearer) && is_equal(*token_, authorization.substr(kBearer.size()))) return true;
  const auto cookie = cookie_of(request.header("cookie").value_or(""), cookie_);
  return cookie && is_equal(session_, *cookie);
}

std::string Access::cookie(std::string_view value, std::string_view more) const {
  // No `Secure` without TLS: behind a proxy that has it the cookie travels as the proxy's does.
  return fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/{}{}", cookie_, value, more, uses_tls_ ? "; Secure" : "");
}

http::Response Access::login(const http::Request& request) const {
  const http::Fields fields = http::parse_parameters(request.body).value_or(http::Fields{});
  std::string_view given;
  for (const auto& [name, value] : fields)
    if (name == "token") given = value;
  if (!token_ || !is_equal(*token_, given)) return http::redirect_to("/login?wrong=1");
  http::Response response = http::redirect_to("/");
  response.headers.emplace_back("Set-Cookie", cookie(session_, ""));
  return response;
}

http::Response Access::logout() const {
  http::Response response = http::redirect_to("/login");
  response.headers.emplace_back("Set-Cookie", cookie("", "; Max-Age=0"));
  return response;
}

}  // namespace salestream::web
