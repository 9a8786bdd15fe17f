// SPDX-License-Identifier: Apache-2.0
// A client for the tests of the server: what it says and hears, byte by byte.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "base/file_descriptor.h"
#include "http/endpoint.h"

namespace salestream::http {

// A client that waits ten seconds at most for whatever it waits for.
class Client {
 public:
  // `from`: the address of this machine that it connects from.
  explicit Client(const std::string& address, int receive_buffer_bytes = 0, const char* from = "127.0.0.1") {
    socket_ = base::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer_bytes > 0)
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    const timeval timeout{10, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    sockaddr_in to{}, own{};
    to.sin_family = own.sin_family = AF_INET;
    inet_pton(AF_INET, from, &own.sin_addr);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(parse_endpoint(address).value().port);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }

  virtual ~Client() = default;
  Client(Client&&) = default;

  void send(std::string_view text) { EXPECT_EQ(put(text), static_cast<ssize_t>(text.size())); }
  void get(const std::string& path, const std::string& method = "GET") {
    send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }

  // Until `text` has come, or the connection ends.
  const std::string& read_until(std::string_view text) {
    while (received_.find(text) == std::string::npos && read_some()) {}
    return received_;
  }
  // One answer, head and body, taken from what has come.
  std::string answer() {
    read_until("\r\n\r\n");
    const auto head_end = received_.find("\r\n\r\n");
    const auto at = received_.find("Content-Length: ");
    if (head_end == std::string::npos || at == std::string::npos || at > head_end) return received_;
    std::size_t length = 0;
    std::from_chars(received_.data() + at + 16, received_.data() + received_.size(), length);
    while (received_.size() < head_end + 4 + length && read_some()) {}
    std::string answer = received_.substr(0, head_end + 4 + length);
    received_.erase(0, answer.size());
    return answer;
  }
  std::string answer_to(const std::string& path) {
    get(path);
    return answer();
  }
  // Whether the server has hung up, all that it said before read.
  bool is_hung_up() {
    while (read_some()) {}
    return has_ended_;
  }
  // The same, no more than so much each millisecond.
  bool is_hung_up_on(std::size_t bytes_each_ms) {
    while (read_some(bytes_each_ms)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return has_ended_;
  }
  const std::string& received() const { return received_; }

 protected:
  int socket() const { return socket_.get(); }
  virtual ssize_t put(std::string_view text) { return ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
  // 0: the server has ended it in good order.
  virtual ssize_t take(char* buffer, std::size_t size) { return recv(socket_.get(), buffer, size, 0); }

 private:
  bool read_some(std::size_t limit = 65536) {
    std::array<char, 65536> buffer;
    const ssize_t count = take(buffer.data(), std::min(limit, buffer.size()));
    has_ended_ = count == 0 || (count < 0 && errno == ECONNRESET);
    if (count > 0) received_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  base::FileDescriptor socket_;
  std::string received_;
  bool has_ended_ = false;
};

}  // namespace salestream::http
