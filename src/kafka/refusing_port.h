// SPDX-License-Identifier: Apache-2.0
// For tests: a port of localhost that refuses connections as long as this lives, since it is taken and nobody listens.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/check.h"

namespace salestream::kafka {

class RefusingPort {
 public:
  RefusingPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    SALESTREAM_CHECK(bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    SALESTREAM_CHECK(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~RefusingPort() { close(fd_); }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void listen() const { SALESTREAM_CHECK(::listen(fd_, 1) == 0); }

 private:
  const int fd_;
  int port_ = 0;
};

}  // namespace salestream::kafka
