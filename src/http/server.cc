// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "http/connection.h"
#include "http/slow_answers.h"

namespace salestream::http {
namespace {

using Clock = Connection::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{250};                 // between two looks for connections that have waited too long
constexpr milliseconds kSilenceOfStreams{15'000};  // then a comment shows proxies and clients that the stream lives
constexpr int kStreamSendBufferBytes = 64 << 10;   // what the kernel holds for a client that doesn't read

constexpr std::uint64_t kListenerId = 0, kWakeId = 1, kFirstConnectionId = 2;

}  // namespace

class Server::Implementation {
 public:
  Implementation(Listener listener, Fields common, ServerLimits limits)
      : listener_(std::move(listener)),
        common_(std::move(common)),
        limits_(limits),
        slow_(limits.max_slow_answers, [this] { wake(); }),
        answer_([this](const Request& request) { return answer(request); }) {}
  ~Implementation() { stop(milliseconds(0)); }

  void route(std::string_view method, std::string path, Handler handler) {
    routes_[std::move(path)][std::string(method)] = std::move(handler);
  }

  base::Status start() {
    epoll_ = base::FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
    wake_ = base::FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (epoll_.get() < 0 || wake_.get() < 0 || !watch(listener_.socket.get(), kListenerId, EPOLLIN, EPOLL_CTL_ADD) ||
        !watch(wake_.get(), kWakeId, EPOLLIN, EPOLL_CTL_ADD))
      return base::failure(fmt::format("the web page can't be served: {}", strerror(errno)));
    try {
      slow_.start();
      thread_ = std::thread([this] { serve(); });
    } catch (const std::system_error& error) {
      return base::failure(fmt::format("the web page can't be served: no thread for it: {}", error.what()));
    }
    return {};
  }

  void broadcast(std::shared_ptr<const std::string> event) {
    const std::lock_guard lock(mutex_);
    event_ = std::move(event);
    has_new_event_ = true;
    wake();
  }

  void stop(milliseconds wait) {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stop_at_ = Clock::now() + wait;
    }
    wake();
    thread_.join();
    slow_.stop();
    clients_.clear();
  }

  const Listener& listener() const { return listener_; }
  std::size_t streams() const { return streams_.load(std::memory_order_relaxed); }
  void set_guard(std::function<std::optional<Response>(const Request&)> guard) { guard_ = std::move(guard); }

 private:
  struct Client {
    std::unique_ptr<Connection> connection;
    std::uint32_t watched = EPOLLIN;  // what epoll waits for
  };
  using Clients = std::unordered_map<std::uint64_t, Client>;

  bool watch(int fd, std::uint64_t id, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    return epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  void wake() { eventfd_write(wake_.get(), 1); }

  void serve() {
    auto next_tick = Clock::now() + kTick;
    last_event_ = Clock::now();
    for (;;) {
      std::array<epoll_event, 64> ready;
      const int count = epoll_wait(epoll_.get(), ready.data(), ready.size(), static_cast<int>(kTick.count()));
      const auto now = Clock::now();
      for (int i = 0; i < count; ++i) {
        const std::uint64_t id = ready[static_cast<std::size_t>(i)].data.u64;
        const std::uint32_t events = ready[static_cast<std::size_t>(i)].events;
        if (id == kWakeId) {
          eventfd_t ignored = 0;
          eventfd_read(wake_.get(), &ignored);
        } else if (id == kListenerId) {
          accept_all(now);
        } else if (const auto found = clients_.find(id); found != clients_.end()) {
          handle(found, events, now);
        }
      }
      finish_slow_answers(now);
      send_events(now);
      if (now >= next_tick) {
        next_tick = now + kTick;
        listen_again();
        for (auto it = clients_.begin(); it != clients_.end();) {
          it->second.connection->expire(now);
          it = after(it);
        }
      }
      if (is_time_to_stop(now)) return;
    }
  }

  bool is_time_to_stop(Clock::time_point now) {
    std::unique_lock lock(mutex_);
    if (!stop_at_) return false;
    if (now >= *stop_at_) return true;
    lock.unlock();
    return std::none_of(clients_.begin(), clients_.end(),
                        [](const auto& each) { return each.second.connection->wants_to_write(); });
  }

  void accept_all(Clock::time_point now) {
    for (;;) {
      base::FileDescriptor socket(accept4(listener_.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket.get() < 0) {
        if ((errno == EMFILE || errno == ENFILE) && !make_room()) stop_listening();
        return;
      }
      if (clients_.size() >= limits_.max_connections && !make_room()) continue;  // closed at once
      const int on = 1;
      setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const std::uint64_t id = next_id_++;
      if (!watch(socket.get(), id, EPOLLIN, EPOLL_CTL_ADD)) continue;
      clients_[id].connection =
          std::make_unique<Connection>(id, std::move(socket), limits_.connection, common_, answer_, now);
    }
  }

  // Closes the connection that has been waiting longest without a whole request, so that slow or idle clients can't
  // keep others out. False: all of them are being answered.
  bool make_room() {
    const auto age = [](Clients::iterator at) { return std::pair(at->second.connection->since(), at->first); };
    auto oldest = clients_.end();
    for (auto it = clients_.begin(); it != clients_.end(); ++it)
      if (it->second.connection->state() == Connection::State::kReading &&
          (oldest == clients_.end() || age(it) < age(oldest)))
        oldest = it;
    if (oldest == clients_.end()) return false;
    clients_.erase(oldest);
    return true;
  }

  // The process is out of file descriptors: the listener would be ready again and again. Until the next tick.
  void stop_listening() {
    is_listening_ = false;
    watch(listener_.socket.get(), kListenerId, 0, EPOLL_CTL_MOD);
  }
  void listen_again() {
    if (is_listening_) return;
    is_listening_ = true;
    watch(listener_.socket.get(), kListenerId, EPOLLIN, EPOLL_CTL_MOD);
  }

  void handle(Clients::iterator at, std::uint32_t events, Clock::time_point now) {
    Connection& connection = *at->second.connection;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) connection.close();
    if ((events & EPOLLOUT) != 0 && connection.wants_to_write()) connection.on_writable(now);
    if ((events & EPOLLIN) != 0 && connection.wants_to_read()) connection.on_readable(now);
    after(at);
  }

  // What a connection waits for has changed, or it is closed. Returns the next one.
  Clients::iterator after(Clients::iterator at) {
    Connection& connection = *at->second.connection;
    if (auto work = connection.take_work(); work && !slow_.add(connection.id(), std::move(work)))
      connection.finish_work(busy("too many large answers are under way"), Clock::now());
    if (connection.state() == Connection::State::kStreaming && stream_ids_.insert(connection.id()).second) {
      setsockopt(connection.socket(), SOL_SOCKET, SO_SNDBUF, &kStreamSendBufferBytes, sizeof kStreamSendBufferBytes);
      streams_.store(stream_ids_.size(), std::memory_order_relaxed);
    }
    if (connection.state() == Connection::State::kClosed) {
      if (stream_ids_.erase(connection.id()) > 0) streams_.store(stream_ids_.size(), std::memory_order_relaxed);
      return clients_.erase(at);
    }
    const std::uint32_t events =
        (connection.wants_to_read() ? EPOLLIN : 0U) | (connection.wants_to_write() ? EPOLLOUT : 0U);
    if (std::exchange(at->second.watched, events) != events)
      watch(connection.socket(), connection.id(), events, EPOLL_CTL_MOD);
    return ++at;
  }

  void finish_slow_answers(Clock::time_point now) {
    for (auto& [id, response] : slow_.take_finished()) {
      const auto found = clients_.find(id);
      if (found == clients_.end()) continue;  // the client has gone
      found->second.connection->finish_work(std::move(response), now);
      after(found);
    }
  }

  void send_events(Clock::time_point now) {
    std::shared_ptr<const std::string> event;
    {
      const std::lock_guard lock(mutex_);
      if (has_new_event_) event = event_;
      has_new_event_ = false;
    }
    if (!event && now - last_event_ > kSilenceOfStreams) event = std::make_shared<const std::string>(":\n\n");
    if (!event) return;
    last_event_ = now;
    const std::vector<std::uint64_t> ids(stream_ids_.begin(), stream_ids_.end());
    for (const std::uint64_t id : ids) {
      const auto found = clients_.find(id);
      found->second.connection->send_event(event, now);
      after(found);
    }
  }

  static Response busy(std::string_view why) {
    Response response = json_error(503, why);
    response.headers.emplace_back("Retry-After", "10");
    return response;
  }

  Response answer(const Request& request) {
    // A handler that throws, for want of memory for instance, costs its client the answer and nobody else anything.
    try {
      if (guard_)
        if (auto refusal = guard_(request)) return *std::move(refusal);
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
    } catch (const std::exception& error) {
      base::log_warning(fmt::format("a request to the web page failed: {}", error.what()));
      return json_error(500, "this answer failed; the log says why");
    }
  }

  const Listener listener_;
  const Fields common_;
  const ServerLimits limits_;
  std::map<std::string, std::map<std::string, Handler>, std::less<>> routes_;  // path → method
  std::function<std::optional<Response>(const Request&)> guard_;
  base::FileDescriptor epoll_, wake_;
  SlowAnswers slow_;
  const std::function<Response(const Request&)> answer_;
  std::thread thread_;
  std::atomic<std::size_t> streams_{0};

  std::mutex mutex_;  // of the next three
  std::shared_ptr<const std::string> event_;
  bool has_new_event_ = false;
  std::optional<Clock::time_point> stop_at_;

  // The server's thread only.
  Clients clients_;
  std::set<std::uint64_t> stream_ids_;
  std::uint64_t next_id_ = kFirstConnectionId;
  Clock::time_point last_event_;
  bool is_listening_ = true;
};

Server::Server(Listener listener, Fields common, ServerLimits limits)
    : implementation_(std::make_unique<Implementation>(std::move(listener), std::move(common), limits)) {}
Server::~Server() = default;

void Server::route(std::string_view method, std::string path, Handler handler) {
  implementation_->route(method, std::move(path), std::move(handler));
}
void Server::set_guard(std::function<std::optional<Response>(const Request&)> guard) {
  implementation_->set_guard(std::move(guard));
}
base::Status Server::start() { return implementation_->start(); }
const std::string& Server::address() const { return implementation_->listener().address; }
bool Server::is_loopback() const { return implementation_->listener().is_loopback; }
void Server::broadcast(std::shared_ptr<const std::string> event) { implementation_->broadcast(std::move(event)); }
std::size_t Server::streams() const { return implementation_->streams(); }
void Server::stop(std::chrono::milliseconds wait) { implementation_->stop(wait); }

}  // namespace salestream::http
