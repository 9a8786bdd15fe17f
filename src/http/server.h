// SPDX-License-Identifier: Apache-2.0
// A small HTTP server on Boost's Asio and Beast: one thread for all connections, one more for answers that take long.
// Hundreds of open event streams cost it a socket each and nothing else. Every connection, queue and wait has a limit,
// so that no client, however slow or many, costs the rest of the program more than they allow, or keeps another one
// from being told that the program is alive. Errors of clients are answered and forgotten; none ends it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/connection.h"
#include "http/endpoint.h"
#include "http/message.h"
#include "http/tls.h"

namespace salestream::http {

struct ServerLimits {
  std::size_t max_connections = 512;              // beyond it, a client that has not asked anything yet gives way
  std::size_t max_connections_per_address = 320;  // 200 pages, and what they fetch meanwhile
  std::size_t max_reserve_connections = 32;       // beyond both of these, for paths that are always answered
  std::size_t max_streams = 256;                  // beyond it: 503
  std::size_t max_slow_answers = 8;               // under way or waiting; beyond it: 503
  ConnectionLimits connection;
  // One question, one answer, and the next one's turn.
  ConnectionLimits reserve_connection{.request = std::chrono::milliseconds(3'000),
                                      .idle = std::chrono::milliseconds(3'000),
                                      .silence = std::chrono::milliseconds(3'000),
                                      .keeps_connection = false};
};

class Server {
 public:
  using Handler = std::function<Response(const Request&)>;

  // Listens already, answers nobody before start(). `common` goes into every answer; nullptr: without TLS.
  Server(Listener listener, Fields common, std::shared_ptr<const TlsIdentity> identity = nullptr,
         ServerLimits limits = {});
  // stop(), if need be.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  enum class Reach : unsigned char {
    kUsual,
    kAlways,  // also when all connections are taken: for what takes no time and little room
  };
  // Before start(). Handlers run on the server's thread, one at a time: what takes longer than a millisecond or two
  // belongs into Response::slow_work. HEAD is answered by the handler of GET.
  void route(std::string_view method, std::string path, Handler handler, Reach reach = Reach::kUsual);
  // Called before any handler, also for paths that there are none for: an answer of its own is the last word.
  void set_guard(std::function<std::optional<Response>(const Request&)> guard);
  base::Status start();

  const std::string& address() const;
  bool is_loopback() const;
  bool uses_tls() const;

  // Every open stream gets `event` (whole, with its empty line), and each new one gets it first. Any thread.
  void broadcast(std::shared_ptr<const std::string> event);
  // Open now. Any thread.
  std::size_t streams() const;

  // Sends what is under way to its end, for at most `wait`, then closes every connection. Slow work that is under way
  // is waited for: the code that made it sees to it that it ends.
  void stop(std::chrono::milliseconds wait);

 private:
  class Implementation;
  const std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::http
