// SPDX-License-Identifier: Apache-2.0
// Where the server listens, from the command line's text to a socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace salestream::http {

struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any that is free
};

// "[HOST:]PORT", an IPv6 address in brackets.
base::Result<Endpoint> parse_endpoint(std::string_view text);

struct Listener {
  base::FileDescriptor socket;
  std::string address;       // "127.0.0.1:8080", as it was bound
  bool is_loopback = false;  // reached from this machine only
};

// An address that is taken is a retriable error, everything else a failure.
base::Result<Listener> listen_on(const Endpoint& endpoint);

// Whether a `Host` header names this machine as its own users do: localhost, 127.0.0.1, [::1], with any port.
bool is_loopback_name(std::string_view host_header);

}  // namespace salestream::http
