// SPDX-License-Identifier: Apache-2.0
// Where a Spark Connect server is and who asks it, as Spark's own clients write it:
// sc://HOST:PORT/;use_ssl=true;token=…;user_id=…. Pure functions; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salestream::spark {

inline constexpr int kDefaultPort = 15002;

struct Remote {
  std::string host;  // an IPv6 address has its brackets
  int port = kDefaultPort;
  bool uses_tls = false;
  std::string token;                           // sent as "authorization: Bearer …"; empty: none
  std::string user_id;                         // empty: kDefaultUser
  std::string session_id;                      // a UUID; empty: session_of(…)
  std::map<std::string, std::string> headers;  // sent with each call: what the form has with names that begin with x-

  std::string address() const;  // "HOST:PORT"
  std::string where() const;    // "sc://HOST:PORT": for messages, so without secrets
};

// Errors name what is wrong in it, and never a token.
base::Result<Remote> parse_remote(std::string_view text);

// A query belongs to a session on the server, and is found again, from every machine, by a client that names the same
// user and session. So both are the same for all clients of a pipeline.
inline constexpr std::string_view kDefaultUser = "salestream";
std::string session_of(std::string_view seed);

}  // namespace salestream::spark
