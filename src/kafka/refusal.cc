// SPDX-License-Identifier: Apache-2.0
#include "kafka/refusal.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"

namespace salestream::kafka {
namespace {

constexpr int kConnectTimeoutMs = 500;

bool is_refused(const addrinfo& address) {
  const base::FileDescriptor fd(socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return errno == EAFNOSUPPORT;  // nor can anybody else reach it
  int error = connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd ready{fd.get(), POLLOUT, 0};
    socklen_t size = sizeof error;
    const bool has_answered = poll(&ready, 1, kConnectTimeoutMs) == 1;
    if (!has_answered || getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = 0;
  }
  return error == ECONNREFUSED;
}

// "PLAINTEXT://[::1]:9092" → ::1 and 9092; without a port, Kafka's own.
std::pair<std::string, std::string> host_and_port(std::string_view server) {
  if (const std::size_t scheme = server.find("://"); scheme != std::string_view::npos) server.remove_prefix(scheme + 3);
  const std::size_t bracket = server.find(']');
  const std::size_t colon = server.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = server.substr(0, colon);
  if (bracket != std::string_view::npos && host.starts_with('[')) host = host.substr(1, bracket - 1);
  return {std::string(host), colon == std::string_view::npos ? "9092" : std::string(server.substr(colon + 1))};
}

bool is_server_refused(std::string_view server) {
  const auto [host, port] = host_and_port(server);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0) return false;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next)
    if (!is_refused(*address)) return false;
  return true;
}

}  // namespace

bool is_refused_everywhere(const std::string& bootstrap_servers) {
  for (std::string_view rest = bootstrap_servers; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view server = rest.substr(0, end);
    while (server.starts_with(' ')) server.remove_prefix(1);
    while (server.ends_with(' ')) server.remove_suffix(1);
    if (!server.empty() && !is_server_refused(server)) return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

}  // namespace salestream::kafka
