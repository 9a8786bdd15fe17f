// SPDX-License-Identifier: Apache-2.0
// One client of the server: bytes in until they are a request, an answer out, and again. Never blocks, holds no more
// than one request and two events, and has a deadline in every state. Used by the server's thread alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/file_descriptor.h"
#include "http/message.h"

namespace salestream::http {

struct ConnectionLimits {
  std::chrono::milliseconds request{10'000};  // from its first byte to its last, however slowly it drips
  std::chrono::milliseconds idle{30'000};     // between two requests
  std::chrono::milliseconds silence{15'000};  // without one byte of an answer taken
};

class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  enum class State : std::uint8_t {
    kReading,    // a request, or the wait for the next
    kWorking,    // another thread makes the answer
    kWriting,    // the answer
    kStreaming,  // events, one after the other
    kDraining,   // all is sent; what the client still sends is read and dropped, so that it can read the answer
    kClosed,
  };

  // `answer` is called for each request, `common` goes into every answer. All three outlive the connection.
  Connection(std::uint64_t id, base::FileDescriptor socket, const ConnectionLimits& limits, const Fields& common,
             const std::function<Response(const Request&)>& answer, Clock::time_point now);

  std::uint64_t id() const { return id_; }
  int socket() const { return socket_.get(); }
  State state() const { return state_; }
  bool has_begun_request() const { return state_ == State::kReading && !received_.empty(); }
  Clock::time_point since() const { return since_; }

  // What epoll shall wait for.
  bool wants_to_read() const {
    return state_ == State::kReading || state_ == State::kStreaming || state_ == State::kDraining;
  }
  bool wants_to_write() const { return state_ == State::kWriting || (state_ == State::kStreaming && is_behind()); }

  void on_readable(Clock::time_point now);
  void on_writable(Clock::time_point now);

  // Work that the last request left for another thread, once; while it is done the state is kWorking.
  std::function<Response()> take_work() { return std::exchange(work_, nullptr); }
  void finish_work(Response response, Clock::time_point now);

  // kStreaming: comes after what is being sent, and in place of what waits behind that. A slow client misses events,
  // and never gets half of one.
  void send_event(std::shared_ptr<const std::string> event, Clock::time_point now);

  // Closes it when it has been in its state for too long.
  void expire(Clock::time_point now);
  void close() { state_ = State::kClosed; }

 private:
  void enter(State state, Clock::time_point now);
  void read_requests(Clock::time_point now);
  void begin_answer(Response response, bool is_head, bool keeps_connection, Clock::time_point now);
  bool send_bytes(const std::string& bytes, std::size_t& sent);
  bool send_file();
  bool is_behind() const { return head_sent_ < head_.size() || event_ != nullptr; }
  void write_answer(Clock::time_point now);
  void write_events();

  const std::uint64_t id_;
  const base::FileDescriptor socket_;
  const ConnectionLimits& limits_;
  const Fields& common_;
  const std::function<Response(const Request&)>& answer_;

  State state_ = State::kReading;
  Clock::time_point since_;  // in this state, or when the last byte went out
  std::string received_;     // not yet a request; at most kMaxHeadBytes + kMaxBodyBytes
  std::function<Response()> work_;
  bool is_head_ = false;  // the request asks for no body
  bool keeps_connection_ = true;

  std::string head_;
  std::size_t head_sent_ = 0;
  std::shared_ptr<const std::string> body_;
  std::size_t body_sent_ = 0;
  std::shared_ptr<const FileBody> file_;
  std::int64_t file_sent_bytes_ = 0, drained_bytes_ = 0;
  std::shared_ptr<const std::string> event_, next_event_;
  std::size_t event_sent_ = 0;
};

}  // namespace salestream::http
