// SPDX-License-Identifier: Apache-2.0
#include "http/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>

namespace salestream::http {
namespace {

constexpr int kBacklog = 256;  // connections that wait to be accepted

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr) >> 24 == 127;
  if (address->sa_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

std::string text_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  return bound.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace

base::Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto wrong = [&] {
    return base::usage_error(
        fmt::format("--http {}: expected [HOST:]PORT, such as 8080, 127.0.0.1:8080 or [::1]:8080, or off", text));
  };
  Endpoint endpoint;
  std::string_view port = text;
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    std::string_view host = text.substr(0, colon);
    port = text.substr(colon + 1);
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty() || (!is_bracketed && host.find(':') != std::string_view::npos)) return wrong();
    endpoint.host = host;
  }
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (port.empty() || failed != std::errc() || end != port.data() + port.size()) return wrong();
  return endpoint;
}

base::Result<Listener> listen_on(const Endpoint& endpoint) {
  const std::string where = fmt::format("{}:{}", endpoint.host, endpoint.port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
      failed != 0)
    return base::failure(
        fmt::format("the web page can't be served at {}: {}: {}", where, endpoint.host, gai_strerror(failed)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);

  Listener listener;
  listener.socket = base::FileDescriptor(socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = listener.socket.get();
  // A port that a program had a moment ago is free; one that a program has now is not: no SO_REUSEPORT.
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, kBacklog) != 0) {
    const bool is_taken = errno == EADDRINUSE;
    const std::string text = fmt::format("the web page can't be served at {}: {}", where, strerror(errno));
    return is_taken ? base::retriable(text) : base::failure(text);
  }
  listener.address = text_of(fd);
  listener.is_loopback = is_loopback(found->ai_addr);
  return listener;
}

bool is_loopback_name(std::string_view host_header) {
  std::string_view name = host_header;
  if (name.starts_with('[')) {
    name = name.substr(0, name.find(']') + 1);
  } else {
    name = name.substr(0, name.find(':'));
  }
  const std::string_view rest = host_header.substr(name.size());
  const bool is_port = rest.empty() || (rest.size() > 1 && rest[0] == ':' &&
                                        rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
  if (!is_port) return false;
  const bool is_localhost = name.size() == 9 && strncasecmp(name.data(), "localhost", 9) == 0;
  return is_localhost || name == "127.0.0.1" || name == "[::1]";
}

}  // namespace salestream::http
