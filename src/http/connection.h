// SPDX-License-Identifier: Apache-2.0
// One client of the server: bytes in until they are a request, an answer out, and again. Never blocks, holds no more
// than one request and two events, and has a deadline in every state. It lives as long as something of it is under way.
// Used by the server's thread alone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/message.h"
#include "http/transport.h"

namespace salestream::http {

struct ConnectionLimits {
  std::chrono::milliseconds request{
      10'000};                             // from its first byte to its last, however slowly it drips; and a handshake
  std::chrono::milliseconds idle{30'000};  // between two requests
  std::chrono::milliseconds silence{15'000};    // without one byte of an answer taken
  std::chrono::milliseconds answer{1'800'000};  // from its first byte to its last
  // A client may keep the server waiting for this long, and for as long as what it took would take at the least rate:
  // of all its answers together, so that many short ones buy no time.
  std::chrono::milliseconds timeout{15'000};
  std::int64_t least_bytes_per_second = 4 << 10;
  int send_buffer_bytes = 128 << 10;        // what the system holds for a client that doesn't read
  int stream_send_buffer_bytes = 64 << 10;  // the same of an event stream
  bool keeps_connection = true;             // for another request
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  enum class State : std::uint8_t {
    kHandshake,  // of TLS
    kReading,    // a request, or the wait for the next
    kWorking,    // another thread makes the answer
    kWriting,    // the answer
    kStreaming,  // events, one after the other
    kDraining,   // all is sent; what the client still sends is read and dropped, so that it can read the answer
    kClosed,
  };

  // What a connection asks of its server, which outlives it.
  class Owner {
   public:
    virtual Response answer(Connection& connection, Request request) = 0;
    // Its state is another one, or it has nothing more to send.
    virtual void on_change(Connection& connection) = 0;

   protected:
    ~Owner() = default;
  };

  // `common` goes into every answer; it and `limits` outlive the connection.
  Connection(std::uint64_t id, std::unique_ptr<Transport> transport, const ConnectionLimits& limits,
             const Fields& common, Owner& owner);
  void start();

  std::uint64_t id() const { return id_; }
  State state() const { return state_; }
  Clock::time_point since() const { return since_; }
  // Nothing was asked for that is not answered: it may be closed for others.
  bool is_waiting() const { return state_ == State::kHandshake || state_ == State::kReading; }
  bool has_more_to_send() const { return is_writing_ || state_ == State::kWriting; }

  // Work that the last request left for another thread, once; while it is done the state is kWorking.
  std::function<Response()> take_work() { return std::exchange(work_, nullptr); }
  void finish_work(Response response);

  // kStreaming: comes after what is being sent, and in place of what waits behind that. A slow client misses events,
  // and never gets half of one.
  void send_event(std::shared_ptr<const std::string> event);

  // Closes it when it has been in its state for too long.
  void expire(Clock::time_point now);
  void close();

 private:
  void enter(State state);
  void read();
  void on_read(bool is_good, std::size_t bytes);
  void read_requests();
  void begin_answer(Response response, bool is_head, bool keeps_connection);
  void write();
  void on_written(bool is_good, std::size_t bytes);
  bool next_piece();
  void end_answer();
  void drain();

  const std::uint64_t id_;
  const std::unique_ptr<Transport> transport_;
  const ConnectionLimits& limits_;
  const Fields& common_;
  Owner& owner_;

  State state_ = State::kHandshake;
  Clock::time_point since_ = Clock::now();  // in this state
  std::array<char, 4096> buffer_;
  bool is_reading_ = false;
  std::string received_;  // not yet a request; at most kMaxHeadBytes + kMaxBodyBytes, and a buffer
  std::function<Response()> work_;
  bool is_head_ = false;  // the request asks for no body
  bool keeps_connection_ = true;

  std::shared_ptr<const std::string> piece_, body_;  // what is being sent, and what comes after it
  std::size_t piece_sent_ = 0;
  std::shared_ptr<const FileBody> file_;
  std::int64_t file_sent_bytes_ = 0, drained_bytes_ = 0;

  bool is_writing_ = false;
  Clock::time_point write_began_;
  Clock::duration waited_{};  // for the client to take what it asked for
  std::int64_t sent_bytes_ = 0;
};

}  // namespace salestream::http
