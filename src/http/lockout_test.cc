// SPDX-License-Identifier: Apache-2.0
// Clients that read slowly, or are too many: what they get, and that they keep nobody else from being answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "http/server.h"
#include "http/test_client.h"

namespace salestream::http {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kSmallBufferBytes = 4096;
constexpr std::size_t kSlowBytesEachMs = 1024;  // 8 s for the large answer

class LockoutTest : public ::testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    server_ = std::make_unique<Server>(listen_on({"127.0.0.1", 0}).value(), Fields{}, nullptr, limits);
    server_->route("GET", "/", [](const Request&) { return text_response(200, "hello"); });
    server_->route(
        "GET", "/healthz", [](const Request&) { return text_response(200, "alive"); }, Server::Reach::kAlways);
    const auto large = std::make_shared<const std::string>(std::size_t{8} << 20, 'x');
    server_->route("GET", "/large", [large](const Request&) {
      Response response;
      response.body = large;
      return response;
    });
    server_->route("GET", "/stream", [](const Request&) {
      Response response;
      response.is_event_stream = true;
      return response;
    });
    ASSERT_TRUE(server_->start().ok());
  }
  // Asks for more than the system's buffers hold, and reads no more than the beginning.
  void add_slow_reader(const char* from) {
    readers_.push_back(std::make_unique<Client>(server_->address(), kSmallBufferBytes, from));
    readers_.back()->get("/large");
    readers_.back()->read_until("xxx");
  }
  std::string answer_to(const std::string& path, const char* from = "127.0.0.1") {
    return Client(server_->address(), 0, from).answer_to(path);
  }

  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Client>> readers_;
};

TEST_F(LockoutTest, HealthIsAnsweredWhenSlowReadersHoldEveryConnection) {
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = std::min<rlim_t>(descriptors.rlim_max, 4096);
  setrlimit(RLIMIT_NOFILE, &descriptors);
  start();
  constexpr ServerLimits kLimits;
  for (std::size_t i = 0; i < kLimits.max_connections; ++i)
    add_slow_reader(i < kLimits.max_connections_per_address ? "127.0.0.1" : "127.0.0.2");
  for (const char* from : {"127.0.0.1", "127.0.0.2", "127.0.0.3"}) {
    EXPECT_THAT(answer_to("/healthz", from), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("alive")));
    EXPECT_THAT(answer_to("/", from), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: ")));
  }
  readers_.pop_back();  // makes room, once the server has seen it
  bool has_room = false;
  for (int i = 0; i < 1000 && !has_room; ++i) has_room = answer_to("/", "127.0.0.3").ends_with("hello");
  EXPECT_TRUE(has_room);
}

TEST_F(LockoutTest, HealthIsAnsweredWhenTheReserveIsTakenToo) {
  start({.max_connections = 2, .max_reserve_connections = 2});
  for (int i = 0; i < 2; ++i) add_slow_reader("127.0.0.1");
  for (int i = 0; i < 10; ++i) {
    readers_.push_back(std::make_unique<Client>(server_->address()));
    readers_.back()->send("GET / HT");
    EXPECT_THAT(answer_to("/healthz"), EndsWith("alive"));
  }
}

TEST_F(LockoutTest, AnAddressHasItsShareOnly) {
  start({.max_connections = 8, .max_connections_per_address = 2});
  for (int i = 0; i < 2; ++i) add_slow_reader("127.0.0.1");
  EXPECT_THAT(answer_to("/", "127.0.0.1"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("too many connections")));
  EXPECT_THAT(answer_to("/", "127.0.0.2"), EndsWith("hello"));
}

TEST_F(LockoutTest, AReserveConnectionIsForOneQuestion) {
  start({.max_connections = 0});
  Client client(server_->address());
  EXPECT_THAT(client.answer_to("/healthz"), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.is_hung_up());
}

TEST_F(LockoutTest, AClientThatTakesTooLittleIsDropped) {
  start({.connection = {.timeout = milliseconds(300), .least_bytes_per_second = 1 << 30}});
  Client client(server_->address(), kSmallBufferBytes);
  client.get("/large");
  EXPECT_TRUE(client.is_hung_up_on(kSlowBytesEachMs));
  EXPECT_LT(client.received().size(), std::size_t{8} << 20);
}

TEST_F(LockoutTest, ManyShortAnswersBuyNoTime) {
  start(
      {.connection = {.timeout = milliseconds(300), .least_bytes_per_second = 1 << 30, .send_buffer_bytes = 1 << 10}});
  Client client(server_->address(), kSmallBufferBytes);
  for (int i = 0; i < 5'000; ++i) client.get("/");
  EXPECT_TRUE(client.is_hung_up_on(16));
}

TEST_F(LockoutTest, AnAnswerEndsAtItsDeadline) {
  start({.connection = {.answer = milliseconds(300)}});
  Client client(server_->address(), kSmallBufferBytes);
  client.get("/large");
  EXPECT_TRUE(client.is_hung_up_on(kSlowBytesEachMs));
  EXPECT_LT(client.received().size(), std::size_t{8} << 20);
}

TEST_F(LockoutTest, AStreamThatTakesTooLittleIsDropped) {
  start({.connection = {.timeout = milliseconds(300), .least_bytes_per_second = 1 << 30}});
  Client client(server_->address(), kSmallBufferBytes);
  client.get("/stream");
  client.read_until("\r\n\r\n");
  server_->broadcast(std::make_shared<const std::string>(std::size_t{8} << 20, 'x'));
  EXPECT_TRUE(client.is_hung_up_on(kSlowBytesEachMs));
}

}  // namespace
}  // namespace salestream::http
