// SPDX-License-Identifier: Apache-2.0
#include "web/access.h"

#include <errno.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/logging.h"
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

bool is_same_text(std::string_view a, std::string_view b) {  // whatever the case of A to Z
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// The token of "Bearer TOKEN": the scheme's name has no case (RFC 9110, 11.1).
std::optional<std::string_view> bearer_of(std::string_view authorization) {
  constexpr std::string_view kBearer = "Bearer ";
  if (!is_same_text(authorization.substr(0, kBearer.size()), kBearer)) return std::nullopt;
  authorization.remove_prefix(kBearer.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

// Whether a form was sent by a page of this server, as far as the browser says; programs say nothing. Otherwise a page
// of another site could log a browser in, or guess tokens by the browsers of its visitors. A proxy may have changed the
// host, so what the browser itself thinks of it comes first; it says so over TLS and on this machine.
bool is_from_own_page(const http::Request& request) {
  if (const auto site = request.header("sec-fetch-site")) return *site == "same-origin" || *site == "none";
  const auto origin = request.header("origin");
  if (!origin) return true;
  const auto host = origin->find("://");
  return host != std::string_view::npos && is_same_text(origin->substr(host + 3), request.header("host").value_or(""));
}

http::Response another_site() {
  return http::json_error(403, "that was sent by a page of another site, or a proxy before this one changes `Host`");
}

http::Response too_many() {
  http::Response response = http::json_error(429, "too many wrong tokens from this address: try again in a while");
  response.headers.emplace_back("Retry-After", std::to_string(WrongTokens::kPause.count()));
  return response;
}

base::Result<std::string> random_text() {
  std::array<unsigned char, 32> random;
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return base::failure("the system gives no random numbers, which the web page's login needs");
  std::string text;
  for (const unsigned char byte : random) text += fmt::format("{:02x}", byte);
  return text;
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
  return access;
}

std::optional<http::Response> Access::refusal(const http::Request& request, bool is_open) {
  if (!token_) {
    if (http::is_loopback_name(request.header("host").value_or("localhost"))) return std::nullopt;
    return http::json_error(421, "that is not one of this machine's own names: use localhost or 127.0.0.1");
  }
  if (is_open || has_session(request)) return std::nullopt;
  if (const auto given = bearer_of(request.header("authorization").value_or(""))) {
    const Verdict verdict = judge(*given, request.client);
    if (verdict == Verdict::kRight) return std::nullopt;
    if (verdict == Verdict::kTooMany) return too_many();
  }
  const auto accepted = request.header("accept").value_or("");
  if (request.path == "/" && accepted.find("text/html") != std::string_view::npos) return http::redirect_to("/login");
  http::Response response =
      http::json_error(401, "this needs the token: as `Authorization: Bearer TOKEN`, or by the form at /login");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Access::Verdict Access::judge(std::string_view given, const std::string& client) {
  const auto now = WrongTokens::Clock::now();
  if (!wrong_tokens_.may_try(client, now)) return Verdict::kTooMany;
  if (token_ && is_equal(*token_, given)) return Verdict::kRight;
  if (const auto line = wrong_tokens_.note(client, now)) base::log_warning(*line);
  return Verdict::kWrong;
}

bool Access::has_session(const http::Request& request) const {
  const auto cookie = cookie_of(request.header("cookie").value_or(""), cookie_);
  return cookie && std::ranges::any_of(sessions_, [&](const auto& session) { return is_equal(session, *cookie); });
}

std::string Access::cookie(std::string_view value, std::string_view more) const {
  // No `Secure` without TLS: behind a proxy that has it the cookie travels as the proxy's does.
  return fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/{}{}", cookie_, value, more, uses_tls_ ? "; Secure" : "");
}

http::Response Access::login(const http::Request& request) {
  if (!is_from_own_page(request)) return another_site();
  const http::Fields fields = http::parse_parameters(request.body).value_or(http::Fields{});
  std::string_view given;
  for (const auto& [name, value] : fields)
    if (name == "token") given = value;
  switch (judge(given, request.client)) {
    case Verdict::kTooMany: return too_many();
    case Verdict::kWrong: return http::redirect_to("/login?wrong=1");
    case Verdict::kRight: break;
  }
  auto session = random_text();
  if (!session.ok()) return http::json_error(503, session.error().message);
  sessions_.push_back(*std::move(session));
  if (sessions_.size() > kMaxSessions) sessions_.pop_front();
  http::Response response = http::redirect_to("/");
  response.headers.emplace_back("Set-Cookie", cookie(sessions_.back(), ""));
  return response;
}

http::Response Access::logout(const http::Request& request) {
  if (!is_from_own_page(request)) return another_site();
  if (const auto ended = cookie_of(request.header("cookie").value_or(""), cookie_))
    std::erase_if(sessions_, [&](const auto& session) { return is_equal(session, *ended); });
  http::Response response = http::redirect_to("/login");
  response.headers.emplace_back("Set-Cookie", cookie("", "; Max-Age=0"));
  return response;
}

}  // namespace salestream::web
