// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/logging.h"

namespace salestream::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = Connection::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{250};                 // between two looks for connections that have waited too long
constexpr milliseconds kSilenceOfStreams{15'000};  // then a comment shows proxies and clients that the stream lives

// The part of an address that a machine can't choose as it likes: of IPv6 the network, 64 bits.
std::string origin_of(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    const char* const bytes = reinterpret_cast<const char*>(&address);
    return IN6_IS_ADDR_V4MAPPED(&address) ? std::string(bytes + 12, 4) : std::string(bytes, 8);
  }
  return std::string(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in&>(peer).sin_addr), 4);
}

// For people to read.
std::string client_text(const std::string& origin) {
  in6_addr address{};
  memcpy(&address, origin.data(), std::min(origin.size(), sizeof address));
  char text[INET6_ADDRSTRLEN] = "";
  const bool is_v4 = origin.size() == 4;
  inet_ntop(is_v4 ? AF_INET : AF_INET6, &address, text, sizeof text);
  return is_v4 ? text : std::string(text) + "/64";
}

Response busy(std::string_view why) {
  Response response = json_error(503, why);
  response.headers.emplace_back("Retry-After", "10");
  return response;
}

}  // namespace

class Server::Implementation final : public Connection::Owner {
 public:
  Implementation(Listener listener, Fields common, std::shared_ptr<const TlsIdentity> identity, ServerLimits limits)
      : address_(listener.address),
        is_loopback_(listener.is_loopback),
        common_(std::move(common)),
        identity_(std::move(identity)),
        limits_(limits),
        listener_(loop_, listener.socket.release()),
        tick_(loop_) {}
  ~Implementation() { stop(milliseconds(0)); }

  void route(std::string_view method, std::string path, Handler handler, Reach reach) {
    if (reach == Reach::kAlways) always_.insert(path);
    routes_[std::move(path)][std::string(method)] = std::move(handler);
  }

  base::Status start() {
    try {
      slow_ = std::make_unique<asio::thread_pool>(1);
      last_event_ = Clock::now();
      listen();
      tick();
      thread_ = std::thread([this] { serve(); });
    } catch (const std::system_error& error) {
      return base::failure(fmt::format("the web page can't be served: no thread for it: {}", error.what()));
    }
    return {};
  }

  void broadcast(std::shared_ptr<const std::string> event) {
    const std::lock_guard lock(mutex_);
    event_ = std::move(event);
    if (std::exchange(has_new_event_, true)) return;
    asio::post(loop_, [this] { send_newest_event(); });
  }

  void stop(milliseconds wait) {
    if (!thread_.joinable()) return;
    asio::post(loop_, [this, at = Clock::now() + wait] {
      stop_at_ = at;
      stop_if_time();
    });
    thread_.join();
    slow_->stop();
    slow_->join();
    for (const auto& [id, client] : std::exchange(clients_, {})) client.connection->close();
  }

  void set_guard(std::function<std::optional<Response>(const Request&)> guard) { guard_ = std::move(guard); }
  const std::string& address() const { return address_; }
  bool is_loopback() const { return is_loopback_; }
  bool uses_tls() const { return identity_ != nullptr; }
  std::size_t streams() const { return streams_.load(std::memory_order_relaxed); }

 private:
  struct Client {
    std::shared_ptr<Connection> connection;
    std::string origin;
    bool is_reserve = false;
  };
  using Clients = std::unordered_map<std::uint64_t, Client>;

  void serve() {
    for (;;) {
      try {
        loop_.run();
        return;
      } catch (const std::exception& error) {  // for want of memory, for instance
        base::log_warning(fmt::format("the web page's server failed and goes on: {}", error.what()));
      }
    }
  }

  void listen() {
    listener_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& failed) {
      is_listening_ = false;
      if (!failed && accept_all()) listen();
    });
    is_listening_ = true;
  }

  // False: the process is out of file descriptors, and the listener would be ready again and again.
  bool accept_all() {
    for (;;) {
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      base::FileDescriptor socket(
          accept4(listener_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket.get() < 0) {
        const bool is_full = errno == EMFILE || errno == ENFILE;
        return !is_full || make_room([](const Client&) { return true; });
      }
      const int on = 1;
      setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      take_in(std::move(socket), origin_of(peer));
    }
  }

  void take_in(base::FileDescriptor socket, std::string origin) {
    const auto is_usual = [](const Client& each) { return !each.is_reserve; };
    const auto is_of_origin = [&](const Client& each) { return !each.is_reserve && each.origin == origin; };
    const auto is_reserve = [](const Client& each) { return each.is_reserve; };
    const bool has_room = (count(is_of_origin) < limits_.max_connections_per_address || make_room(is_of_origin)) &&
                          (count(is_usual) < limits_.max_connections || make_room(is_usual));
    if (!has_room && count(is_reserve) >= limits_.max_reserve_connections) close_oldest(is_reserve);
    const std::uint64_t id = next_id_++;
    auto connection =
        std::make_shared<Connection>(id, std::make_unique<Transport>(loop_, std::move(socket), identity_.get()),
                                     has_room ? limits_.connection : limits_.reserve_connection, common_, *this);
    clients_[id] = {connection, std::move(origin), !has_room};
    connection->start();
  }

  template <typename Which>
  std::size_t count(const Which& which) const {
    return static_cast<std::size_t>(
        std::count_if(clients_.begin(), clients_.end(), [&](const auto& each) { return which(each.second); }));
  }

  // Closes the connection that has been waiting longest without a whole request, so that slow or idle clients can't
  // keep others out. False: all of them are being answered.
  template <typename Which>
  bool make_room(const Which& which) {
    return close_oldest([&](const Client& each) { return which(each) && each.connection->is_waiting(); });
  }
  template <typename Which>
  bool close_oldest(const Which& which) {
    const auto age = [](Clients::iterator at) { return std::pair(at->second.connection->since(), at->first); };
    auto oldest = clients_.end();
    for (auto it = clients_.begin(); it != clients_.end(); ++it)
      if (which(it->second) && (oldest == clients_.end() || age(it) < age(oldest))) oldest = it;
    if (oldest == clients_.end()) return false;
    const auto connection = oldest->second.connection;
    clients_.erase(oldest);
    connection->close();
    return true;
  }

  void tick() {
    tick_.expires_after(kTick);
    tick_.async_wait([this](const error_code& failed) {
      if (failed) return;
      tick();  // first: what follows could fail
      const auto now = Clock::now();
      if (!is_listening_) listen();
      std::vector<std::shared_ptr<Connection>> all;
      for (const auto& [id, client] : clients_) all.push_back(client.connection);
      for (const auto& connection : all) connection->expire(now);
      if (now - last_event_ > kSilenceOfStreams) send_event(std::make_shared<const std::string>(":\n\n"));
      stop_if_time();
    });
  }

  void stop_if_time() {
    if (!stop_at_) return;
    const bool is_all_sent = std::none_of(clients_.begin(), clients_.end(),
                                          [](const auto& each) { return each.second.connection->has_more_to_send(); });
    if (is_all_sent || Clock::now() >= *stop_at_) loop_.stop();
  }

  void send_newest_event() {
    std::shared_ptr<const std::string> event;
    {
      const std::lock_guard lock(mutex_);
      event = event_;
      has_new_event_ = false;
    }
    send_event(event);
  }

  void send_event(const std::shared_ptr<const std::string>& event) {
    last_event_ = Clock::now();
    for (const std::uint64_t id : std::vector(stream_ids_.begin(), stream_ids_.end()))
      if (const auto found = clients_.find(id); found != clients_.end()) found->second.connection->send_event(event);
  }

  void on_change(Connection& connection) override {
    const std::uint64_t id = connection.id();
    if (auto work = connection.take_work()) do_slowly(connection, std::move(work));
    const bool is_stream = connection.state() == Connection::State::kStreaming;
    if (is_stream ? stream_ids_.insert(id).second : stream_ids_.erase(id) > 0)
      streams_.store(stream_ids_.size(), std::memory_order_relaxed);
    if (connection.state() == Connection::State::kClosed) asio::post(loop_, [this, id] { clients_.erase(id); });
    stop_if_time();
  }

  void do_slowly(Connection& connection, std::function<Response()> work) {
    const std::uint64_t id = connection.id();
    if (slow_answers_ == limits_.max_slow_answers) {
      asio::post(loop_, [this, id] { finish(id, busy("too many large answers are under way")); });
      return;
    }
    ++slow_answers_;
    asio::post(*slow_, [this, id, work = std::move(work)] {
      Response response;
      try {
        response = work();
      } catch (const std::exception& error) {
        response = json_error(500, error.what());
      }
      asio::post(loop_, [this, id, response = std::move(response)] {
        --slow_answers_;
        finish(id, response);
      });
    });
  }

  void finish(std::uint64_t id, Response response) {
    if (const auto found = clients_.find(id); found != clients_.end())  // or the client has gone
      found->second.connection->finish_work(std::move(response));
  }

  Response answer(Connection& connection, Request request) override {
    // A handler that throws, for want of memory for instance, costs its client the answer and nobody else anything.
    try {
      const auto client = clients_.find(connection.id());
      if (client != clients_.end()) request.client = client_text(client->second.origin);
      if (guard_)
        if (auto refusal = guard_(request)) return *std::move(refusal);
      if (client != clients_.end() && client->second.is_reserve && !always_.contains(request.path))
        return busy("too many connections are open");
      return routed(request);
    } catch (const std::exception& error) {
      base::log_warning(fmt::format("a request to the web page failed: {}", error.what()));
      return json_error(500, "this answer failed; the log says why");
    }
  }

  Response routed(const Request& request) {
    const auto found = routes_.find(request.path);
    if (found == routes_.end()) return json_error(404, "there is nothing at " + request.path);
    const auto handler = found->second.find(request.method == "HEAD" ? "GET" : request.method);
    if (handler == found->second.end()) {
      Response response = json_error(405, request.method + " is not for " + request.path);
      std::string allowed;
      for (const auto& [method, ignored] : found->second)
        allowed += (allowed.empty() ? "" : ", ") + (method == "GET" ? std::string("GET, HEAD") : method);
      response.headers.emplace_back("Allow", std::move(allowed));
      return response;
    }
    Response response = handler->second(request);
    if (response.is_event_stream) {
      if (stream_ids_.size() >= limits_.max_streams) return busy("too many pages are open");
      const std::lock_guard lock(mutex_);
      response.body = event_;
    }
    return response;
  }

  const std::string address_;
  const bool is_loopback_;
  const Fields common_;
  const std::shared_ptr<const TlsIdentity> identity_;
  const ServerLimits limits_;
  std::map<std::string, std::map<std::string, Handler>, std::less<>> routes_;  // path → method
  std::set<std::string, std::less<>> always_;
  std::function<std::optional<Response>(const Request&)> guard_;
  std::atomic<std::size_t> streams_{0};

  std::mutex mutex_;  // of the next two
  std::shared_ptr<const std::string> event_;
  bool has_new_event_ = false;

  // The server's thread only. What waits in the loop holds connections, which refer to what stands above it.
  std::set<std::uint64_t> stream_ids_;
  std::uint64_t next_id_ = 0;
  std::size_t slow_answers_ = 0;
  Clock::time_point last_event_;
  std::optional<Clock::time_point> stop_at_;
  bool is_listening_ = false;
  asio::io_context loop_{1};
  asio::posix::stream_descriptor listener_;
  asio::steady_timer tick_;
  Clients clients_;

  std::unique_ptr<asio::thread_pool> slow_;
  std::thread thread_;
};

Server::Server(Listener listener, Fields common, std::shared_ptr<const TlsIdentity> identity, ServerLimits limits)
    : implementation_(
          std::make_unique<Implementation>(std::move(listener), std::move(common), std::move(identity), limits)) {}
Server::~Server() = default;

void Server::route(std::string_view method, std::string path, Handler handler, Reach reach) {
  implementation_->route(method, std::move(path), std::move(handler), reach);
}
void Server::set_guard(std::function<std::optional<Response>(const Request&)> guard) {
  implementation_->set_guard(std::move(guard));
}
base::Status Server::start() { return implementation_->start(); }
const std::string& Server::address() const { return implementation_->address(); }
bool Server::is_loopback() const { return implementation_->is_loopback(); }
bool Server::uses_tls() const { return implementation_->uses_tls(); }
void Server::broadcast(std::shared_ptr<const std::string> event) { implementation_->broadcast(std::move(event)); }
std::size_t Server::streams() const { return implementation_->streams(); }
void Server::stop(std::chrono::milliseconds wait) { implementation_->stop(wait); }

}  // namespace salestream::http
