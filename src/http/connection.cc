// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

namespace salestream::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kDrainLimit{1};
constexpr std::int64_t kMaxDrainBytes = 256 << 10;
constexpr std::size_t kMaxJoinedBodyBytes = 16 << 10;  // sent in one piece with its head
constexpr std::int64_t kFilePieceBytes = 64 << 10;

}  // namespace

Connection::Connection(std::uint64_t id, std::unique_ptr<Transport> transport, const ConnectionLimits& limits,
                       const Fields& common, Owner& owner)
    : id_(id), transport_(std::move(transport)), limits_(limits), common_(common), owner_(owner) {}

void Connection::start() {
  transport_->set_send_buffer(limits_.send_buffer_bytes);
  transport_->handshake([self = shared_from_this()](Transport::Handshake result) {
    if (self->state_ != State::kHandshake) return;
    switch (result) {
      case Transport::Handshake::kDone:
        self->enter(State::kReading);
        self->read();
        break;
      case Transport::Handshake::kPlainHttp:
        self->begin_answer(json_error(400, "this address is served over TLS: ask for https://"), false, false);
        break;
      case Transport::Handshake::kFailed: self->close(); break;
    }
  });
}

void Connection::enter(State state) {
  state_ = state;
  since_ = Clock::now();
  owner_.on_change(*this);
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  transport_->close();
  enter(State::kClosed);
}

// A stream is read as well: that is how its client's leaving is seen.
void Connection::read() {
  if (is_reading_ || (state_ != State::kReading && state_ != State::kStreaming)) return;
  is_reading_ = true;
  transport_->read_some(buffer_, [self = shared_from_this()](bool is_good, std::size_t bytes) {
    self->is_reading_ = false;
    self->on_read(is_good, bytes);
  });
}

void Connection::on_read(bool is_good, std::size_t bytes) {
  if (state_ == State::kClosed) return;
  if (!is_good) return close();
  if (state_ == State::kReading) {
    if (received_.empty()) since_ = Clock::now();
    received_.append(buffer_.data(), bytes);
    read_requests();
  }
  read();
}

void Connection::read_requests() {
  if (state_ != State::kReading || received_.empty()) return;
  ParsedRequest parsed = parse_request(received_);
  if (parsed.state == ParsedRequest::State::kIncomplete) return;
  if (parsed.state == ParsedRequest::State::kRefused) {
    received_.clear();
    return begin_answer(json_error(parsed.status, "not a request that this server understands"), false, false);
  }
  received_.erase(0, parsed.size_bytes);
  is_head_ = parsed.request.method == "HEAD";
  keeps_connection_ = parsed.request.keeps_connection && limits_.keeps_connection;
  Response response = owner_.answer(*this, std::move(parsed.request));
  if (response.slow_work) {
    work_ = std::move(response.slow_work);
    return enter(State::kWorking);
  }
  begin_answer(std::move(response), is_head_, keeps_connection_);
}

void Connection::finish_work(Response response) {
  if (state_ == State::kWorking) begin_answer(std::move(response), is_head_, keeps_connection_);
}

void Connection::begin_answer(Response response, bool is_head, bool keeps_connection) {
  const bool is_stream = response.is_event_stream && !is_head;
  keeps_connection_ = keeps_connection && !is_stream;
  std::optional<std::int64_t> length;
  if (response.file)
    length = response.file->size_bytes;
  else if (!response.is_event_stream && response.status != 304)
    length = response.body ? static_cast<std::int64_t>(response.body->size()) : 0;
  std::string head = head_of(response, common_, length, keeps_connection_);
  body_ = is_head ? nullptr : std::move(response.body);
  file_ = is_head ? nullptr : std::move(response.file);
  file_sent_bytes_ = 0;
  if (!is_stream && body_ && body_->size() <= kMaxJoinedBodyBytes) {
    head += *body_;
    body_.reset();
  }
  piece_ = std::make_shared<const std::string>(std::move(head));
  piece_sent_ = 0;
  if (is_stream) transport_->set_send_buffer(limits_.stream_send_buffer_bytes);
  enter(is_stream ? State::kStreaming : State::kWriting);
  write();
  read();
}

// False: all is sent.
bool Connection::next_piece() {
  while (!piece_ || piece_sent_ == piece_->size()) {
    piece_ = nullptr;
    piece_sent_ = 0;
    if (body_) {
      piece_ = std::exchange(body_, nullptr);
    } else if (file_ && file_sent_bytes_ < file_->size_bytes) {
      std::string bytes(static_cast<std::size_t>(std::min(kFilePieceBytes, file_->size_bytes - file_sent_bytes_)),
                        '\0');
      const ssize_t count = pread(file_->file.get(), bytes.data(), bytes.size(), file_sent_bytes_);
      if (count <= 0) {  // it got shorter, which nobody but us could have done, or the disk fails
        close();
        return false;
      }
      bytes.resize(static_cast<std::size_t>(count));
      file_sent_bytes_ += count;
      piece_ = std::make_shared<const std::string>(std::move(bytes));
    } else {
      return false;
    }
  }
  return true;
}

void Connection::write() {
  if (is_writing_ || (state_ != State::kWriting && state_ != State::kStreaming)) return;
  if (!next_piece()) {
    if (state_ == State::kWriting) end_answer();
    return;
  }
  is_writing_ = true;
  write_began_ = Clock::now();
  transport_->write_some(std::string_view(*piece_).substr(piece_sent_),
                         [self = shared_from_this()](bool is_good, std::size_t bytes) {
                           self->is_writing_ = false;
                           self->on_written(is_good, bytes);
                         });
}

void Connection::on_written(bool is_good, std::size_t bytes) {
  waited_ += Clock::now() - write_began_;
  sent_bytes_ += static_cast<std::int64_t>(bytes);
  if (state_ == State::kClosed) return;
  if (!is_good) return close();
  piece_sent_ += bytes;
  write();
  if (!is_writing_) owner_.on_change(*this);
}

void Connection::end_answer() {
  file_.reset();
  if (keeps_connection_) {
    enter(State::kReading);
    read_requests();  // what came behind the request that is answered now
    return read();
  }
  // Closing a socket that has unread bytes would reset the connection, and the client might lose the answer.
  enter(State::kDraining);
  transport_->end([self = shared_from_this()] { self->drain(); });
}

void Connection::drain() {
  if (state_ != State::kDraining) return;
  transport_->drain_some(buffer_, [self = shared_from_this()](bool is_good, std::size_t bytes) {
    self->drained_bytes_ += static_cast<std::int64_t>(bytes);
    if (!is_good || self->drained_bytes_ > kMaxDrainBytes) return self->close();
    self->drain();
  });
}

void Connection::send_event(std::shared_ptr<const std::string> event) {
  if (state_ != State::kStreaming) return;
  body_ = std::move(event);
  write();
}

void Connection::expire(Clock::time_point now) {
  const auto age = now - since_;
  bool is_late = false;
  switch (state_) {
    case State::kHandshake: is_late = age > limits_.request; break;
    case State::kReading: is_late = age > (received_.empty() ? limits_.idle : limits_.request); break;
    case State::kWriting: is_late = age > limits_.answer; break;
    case State::kDraining: is_late = age > kDrainLimit; break;
    case State::kStreaming:
    case State::kWorking:
    case State::kClosed: break;
  }
  if (is_writing_) {
    const auto silence = now - write_began_;
    const milliseconds paid_for{sent_bytes_ * 1000 / limits_.least_bytes_per_second};
    is_late = is_late || silence > limits_.silence || waited_ + silence > limits_.timeout + paid_for;
  }
  if (is_late) close();
}

}  // namespace salestream::http
