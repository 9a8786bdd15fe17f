// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace salestream::http {
namespace {

using std::chrono::seconds;

constexpr seconds kDrainLimit{1};
constexpr std::int64_t kMaxDrainBytes = 256 << 10;
constexpr std::int64_t kFileStepBytes = 256 << 10;  // at once, so that others get their turn

}  // namespace

Connection::Connection(std::uint64_t id, base::FileDescriptor socket, const ConnectionLimits& limits,
                       const Fields& common, const std::function<Response(const Request&)>& answer,
                       Clock::time_point now)
    : id_(id), socket_(std::move(socket)), limits_(limits), common_(common), answer_(answer), since_(now) {}

void Connection::enter(State state, Clock::time_point now) {
  state_ = state;
  since_ = now;
}

void Connection::on_readable(Clock::time_point now) {
  std::array<char, 4096> buffer;
  const ssize_t count = recv(socket(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return close();
  if (state_ == State::kDraining) {
    drained_bytes_ += count;
    if (drained_bytes_ > kMaxDrainBytes) close();
    return;
  }
  if (state_ != State::kReading) return;  // nobody has anything to say to a stream
  if (received_.empty()) since_ = now;
  received_.append(buffer.data(), static_cast<std::size_t>(count));
  read_requests(now);
}

void Connection::read_requests(Clock::time_point now) {
  while (state_ == State::kReading && !received_.empty()) {
    ParsedRequest parsed = parse_request(received_);
    if (parsed.state == ParsedRequest::State::kIncomplete) return;
    if (parsed.state == ParsedRequest::State::kRefused) {
      received_.clear();
      begin_answer(json_error(parsed.status, "not a request that this server understands"), false, false, now);
      return;
    }
    received_.erase(0, parsed.size_bytes);
    const Request& request = parsed.request;
    is_head_ = request.method == "HEAD";
    keeps_connection_ = request.keeps_connection;
    Response response = answer_(request);
    if (response.slow_work) {
      work_ = std::move(response.slow_work);
      return enter(State::kWorking, now);
    }
    begin_answer(std::move(response), is_head_, keeps_connection_, now);
  }
}

void Connection::finish_work(Response response, Clock::time_point now) {
  if (state_ != State::kWorking) return;
  begin_answer(std::move(response), is_head_, keeps_connection_, now);
  read_requests(now);
}

void Connection::begin_answer(Response response, bool is_head, bool keeps_connection, Clock::time_point now) {
  const bool is_stream = response.is_event_stream && !is_head;
  keeps_connection_ = keeps_connection && !is_stream;
  std::optional<std::int64_t> length;
  if (response.file)
    length = response.file->size_bytes;
  else if (!response.is_event_stream && response.status != 304)
    length = response.body ? static_cast<std::int64_t>(response.body->size()) : 0;
  head_ = head_of(response, common_, length, keeps_connection_);
  head_sent_ = body_sent_ = event_sent_ = 0;
  file_sent_bytes_ = 0;
  body_ = is_head ? nullptr : std::move(response.body);
  file_ = is_head ? nullptr : std::move(response.file);
  if (is_stream) {
    event_ = std::move(body_);
    enter(State::kStreaming, now);
    write_events();
  } else {
    enter(State::kWriting, now);
    write_answer(now);
  }
}

bool Connection::send_bytes(const std::string& bytes, std::size_t& sent) {
  while (sent < bytes.size()) {
    const ssize_t count = send(socket(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      if (errno != EAGAIN) close();
      return false;
    }
    since_ = Clock::now();
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool Connection::send_file() {
  off_t at = file_sent_bytes_;
  const std::int64_t step = std::min(kFileStepBytes, file_->size_bytes - file_sent_bytes_);
  const ssize_t count = step == 0 ? 0 : sendfile(socket(), file_->file.get(), &at, static_cast<std::size_t>(step));
  if (count < 0 && errno != EAGAIN && errno != EINTR) close();
  if (count == 0 && step > 0) close();  // it got shorter, which nobody but us could have done
  if (count > 0) {
    since_ = Clock::now();
    file_sent_bytes_ += count;
  }
  return file_sent_bytes_ == file_->size_bytes;
}

void Connection::on_writable(Clock::time_point now) {
  if (state_ == State::kStreaming) return write_events();
  if (state_ == State::kWriting) write_answer(now);
  read_requests(now);  // what came behind the request that is answered now
}

void Connection::write_answer(Clock::time_point now) {
  if (!send_bytes(head_, head_sent_)) return;
  if (body_ && !send_bytes(*body_, body_sent_)) return;
  if (file_ && !send_file()) return;
  body_.reset();
  file_.reset();
  if (keeps_connection_) return enter(State::kReading, now);
  // Closing a socket that has unread bytes would reset the connection, and the client might lose the answer.
  shutdown(socket(), SHUT_WR);
  enter(State::kDraining, now);
}

void Connection::send_event(std::shared_ptr<const std::string> event, Clock::time_point now) {
  if (state_ != State::kStreaming) return;
  if (!is_behind()) since_ = now;
  next_event_ = std::move(event);
  write_events();
}

void Connection::write_events() {
  if (!send_bytes(head_, head_sent_)) return;
  for (;;) {
    if (!event_) {
      if (!next_event_) break;
      event_ = std::move(next_event_);
      next_event_.reset();
      event_sent_ = 0;
    }
    if (!send_bytes(*event_, event_sent_)) return;
    event_.reset();
  }
}

void Connection::expire(Clock::time_point now) {
  const auto age = now - since_;
  switch (state_) {
    case State::kReading:
      if (age > (received_.empty() ? limits_.idle : limits_.request)) close();
      break;
    case State::kWriting:
      if (age > limits_.silence) close();
      break;
    case State::kStreaming:
      if (is_behind() && age > limits_.silence) close();
      break;
    case State::kDraining:
      if (age > kDrainLimit) close();
      break;
    case State::kWorking:
    case State::kClosed: break;
  }
}

}  // namespace salestream::http
