// SPDX-License-Identifier: Apache-2.0
#include "spark/remote.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/logging.h"
#include "core/cell.h"

namespace salestream::spark {
namespace {

constexpr std::string_view kScheme = "sc://";
constexpr std::size_t kMaxShownAddressBytes = 100;
constexpr std::size_t kMaxRemoteBytes = 16'384;  // tokens are long; a file given by mistake is longer

base::Error wrong(std::string_view what) {
  return base::usage_error(fmt::format(
      "--remote: {}. It takes sc://HOST:PORT, or sc://HOST:PORT/;use_ssl=true;token=TOKEN;user_id=NAME", what));
}

std::string shown(std::string_view text) { return base::printable(text, kMaxShownAddressBytes); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// %20 and the like.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(text[i + 2]);
    if (low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : hex_digit(text[i]) < 0) return false;
  }
  return true;
}

// What travels in a header has to be visible ASCII.
bool fits_header(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_header_name(std::string_view name) {
  return name.starts_with("x-") && name.size() > 2 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
         });
}

bool is_name(std::string_view name) {
  constexpr std::size_t kMaxNameBytes = 40;
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

base::Status read_address(std::string_view text, Remote& remote) {
  std::size_t host_end = text.size();
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return wrong("the [ of an IPv6 address has no ]");
    host_end = bracket + 1;
  } else {
    host_end = std::min(text.find(':'), text.size());
    if (text.find(':', host_end + 1) != std::string_view::npos && host_end < text.size())
      return wrong("an IPv6 address needs brackets: sc://[::1]:15002");
  }
  remote.host = text.substr(0, host_end);
  if (remote.host.empty()) return wrong("no HOST is named");
  const bool is_plain = std::all_of(remote.host.begin(), remote.host.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!is_plain || remote.host.find_first_of("?#\\") != std::string::npos)
    return wrong("the HOST '" + shown(remote.host) + "' is no host's name");
  if (host_end == text.size()) return {};
  const std::string_view port = text.substr(host_end + 1);
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), remote.port);
  if (text[host_end] != ':' || failed != std::errc() || end != port.data() + port.size() || remote.port < 1 ||
      remote.port > 65'535)
    return wrong("the PORT '" + shown(port) + "' is no number from 1 to 65535");
  return {};
}

base::Status read_parameter(std::string_view text, Remote& remote, std::optional<bool>& use_ssl) {
  const std::size_t equals = text.find('=');
  // What has no name may be a secret that slipped.
  if (equals == std::string_view::npos) return wrong("what stands after the ; is no NAME=VALUE");
  const std::string name(text.substr(0, equals));
  // Nor is shown what can be no name, such as the half of a token in base64.
  if (!is_name(name)) return wrong("what stands between ; and = is no name");
  const std::optional<std::string> value = decoded(text.substr(equals + 1));
  if (!value) return wrong("the value of " + shown(name) + " has a % without two hexadecimal digits");
  if (value->empty()) return wrong(shown(name) + " has no value");
  if (!fits_header(*value)) return wrong("the value of " + shown(name) + " has other characters than visible ASCII");
  if (name == "use_ssl") {
    if (*value != "true" && *value != "false") return wrong("use_ssl is true or false, not '" + shown(*value) + "'");
    use_ssl = *value == "true";
  } else if (name == "token") {
    remote.token = *value;
  } else if (name == "user_id") {
    remote.user_id = *value;
  } else if (name == "session_id") {
    if (!is_uuid(*value)) return wrong("session_id is a UUID, not '" + shown(*value) + "'");
    remote.session_id = *value;
  } else if (is_header_name(name)) {
    remote.headers[name] = *value;
  } else if (name != "user_agent") {
    return wrong("'" + shown(name) +
                 "' is not known there: use_ssl, token, user_id, session_id, and names that begin with x-, which are "
                 "sent as headers");
  }
  return {};
}

}  // namespace

std::string Remote::address() const { return fmt::format("{}:{}", host, port); }
std::string Remote::where() const { return "sc://" + address(); }

base::Result<Remote> parse_remote(std::string_view text) {
  if (text.empty()) return wrong("is empty");
  if (text.size() > kMaxRemoteBytes) return wrong(fmt::format("is longer than {} bytes", kMaxRemoteBytes));
  if (!text.starts_with(kScheme)) return wrong("does not begin with sc://");
  text.remove_prefix(kScheme.size());
  Remote remote;
  // What stands before an @ is a user's name, a password or a token elsewhere: it is not shown.
  if (text.substr(0, text.find(';')).find('@') != std::string_view::npos)
    return wrong("nothing may stand before the HOST, as in sc://TOKEN@HOST; a token has a place of its own");
  const std::size_t address_end = std::min(text.find_first_of("/;"), text.size());
  SALESTREAM_TRY(read_address(text.substr(0, address_end), remote));
  text.remove_prefix(address_end);
  if (text.starts_with('/')) text.remove_prefix(1);
  if (!text.empty() && text.front() != ';')
    return wrong("only parameters may stand after the /, and each begins with ;");
  std::optional<bool> use_ssl;
  while (!text.empty()) {
    text.remove_prefix(1);  // the ;
    const std::string_view parameter = text.substr(0, std::min(text.find(';'), text.size()));
    if (!parameter.empty()) SALESTREAM_TRY(read_parameter(parameter, remote, use_ssl));
    text.remove_prefix(parameter.size());
  }
  if (!remote.token.empty() && use_ssl == false)
    return wrong("a token would be sent for all to read with use_ssl=false: leave that out");
  remote.uses_tls = use_ssl.value_or(!remote.token.empty());
  return remote;
}

std::string session_of(std::string_view seed) {
  const std::string name(seed);
  const std::uint64_t high = core::checksum("salestream.session.1:" + name);
  const std::uint64_t low = core::checksum("salestream.session.2:" + name);
  // Version 8 of RFC 9562: made by a rule of one's own.
  return fmt::format("{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     0x8000 | ((low >> 48) & 0x3fff), low & 0xffff'ffff'ffff);
}

}  // namespace salestream::spark
