// SPDX-License-Identifier: Apache-2.0
// The server with real sockets: what it answers, and what it does to clients that are too many, too slow or gone.
#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <future>
#include <stdexcept>
#include <thread>

#include "http/test_client.h"

namespace salestream::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServerTest : public ::testing::Test {
 protected:
  Server& start(ServerLimits limits = {}) {
    server_ =
        std::make_unique<Server>(listen_on({"127.0.0.1", 0}).value(), Fields{{"X-Common", "yes"}}, nullptr, limits);
    server_->route("GET", "/", [](const Request&) { return text_response(200, "hello"); });
    server_->route("GET", "/stream", [](const Request&) {
      Response response;
      response.content_type = "text/event-stream";
      response.is_event_stream = true;
      return response;
    });
    server_->route("GET", "/throws", [](const Request&) -> Response { throw std::runtime_error("no memory"); });
    server_->route("POST", "/form", [](const Request& request) { return text_response(200, request.body); });
    server_->route("GET", "/slow", [this](const Request&) {
      Response response;
      response.slow_work = [this] {
        gate_.wait();
        return text_response(200, "at last");
      };
      return response;
    });
    EXPECT_TRUE(server_->start().ok());
    return *server_;
  }
  Client client(int receive_buffer_bytes = 0) { return Client(server_->address(), receive_buffer_bytes); }
  void open_gate() { opens_gate_.set_value(); }
  static std::shared_ptr<const std::string> event(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }
  void wait_for_streams(std::size_t count) {
    for (int i = 0; i < 1000 && server_->streams() != count; ++i) std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(server_->streams(), count);
  }

  std::promise<void> opens_gate_;
  std::shared_future<void> gate_ = opens_gate_.get_future().share();
  std::unique_ptr<Server> server_;
};

TEST_F(HttpServerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  start();
  Client client = this->client();
  for (int i = 0; i < 3; ++i) {
    const std::string answer = client.answer_to("/");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-Common: yes\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nhello"));
  }
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_THAT(client.answer(), EndsWith("hello"));
  EXPECT_THAT(client.answer(), EndsWith("ab"));
}

TEST_F(HttpServerTest, SaysWhatIsNotThere) {
  start();
  EXPECT_THAT(client().answer_to("/none"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(client().answer_to("/../etc/passwd"), StartsWith("HTTP/1.1 404 "));
  Client other = client();
  other.get("/", "DELETE");
  const std::string answer = other.answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(HttpServerTest, HeadIsGetWithoutTheBody) {
  start();
  Client client = this->client();
  client.get("/", "HEAD");
  EXPECT_THAT(client.read_until("\r\n\r\n"), AllOf(HasSubstr("Content-Length: 5\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, RefusesWhatIsNoRequestAndHangsUp) {
  start();
  Client client = this->client();
  client.send("\x16\x03\x01 hello");
  EXPECT_TRUE(client.is_hung_up());
  EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 400 "));
  Client large = this->client();
  large.send("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
  EXPECT_TRUE(large.is_hung_up());
  EXPECT_THAT(large.received(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, AHandlerThatFailsCostsItsClientOnly) {
  start();
  EXPECT_THAT(client().answer_to("/throws"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(client().answer_to("/"), EndsWith("hello"));
}

TEST_F(HttpServerTest, GuardRunsBeforeRouting) {
  server_ = std::make_unique<Server>(listen_on({"127.0.0.1", 0}).value(), Fields{});
  server_->route("GET", "/", [](const Request&) { return text_response(200, "hello"); });
  server_->set_guard([](const Request& request) -> std::optional<Response> {
    if (request.header("x-key")) return std::nullopt;
    return text_response(401, "no");
  });
  ASSERT_TRUE(server_->start().ok());
  EXPECT_THAT(client().answer_to("/"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(client().answer_to("/none"), StartsWith("HTTP/1.1 401 "));
}

TEST_F(HttpServerTest, ARequestSaysWhereItCameFrom) {
  server_ = std::make_unique<Server>(listen_on({"127.0.0.1", 0}).value(), Fields{});
  server_->set_guard([](const Request& request) { return text_response(200, "from " + request.client); });
  ASSERT_TRUE(server_->start().ok());
  EXPECT_THAT(client().answer_to("/"), EndsWith("from 127.0.0.1"));
}

TEST_F(HttpServerTest, AStreamBeginsWithTheNewestEventAndGetsEachThatFollows) {
  Server& server = start();
  server.broadcast(event("data: 0\n\n"));
  server.broadcast(event("data: 1\n\n"));
  Client client = this->client();
  client.get("/stream");
  EXPECT_THAT(client.read_until("data: 1\n\n"), HasSubstr("text/event-stream"));
  EXPECT_THAT(client.received(), Not(HasSubstr("data: 0")));
  server.broadcast(event("data: 2\n\n"));
  EXPECT_THAT(client.read_until("data: 2\n\n"), EndsWith("data: 1\n\ndata: 2\n\n"));
}

TEST_F(HttpServerTest, AStreamThatItsClientLeavesIsForgotten) {
  start();
  {
    Client client = this->client();
    client.get("/stream");
    wait_for_streams(1);
  }
  wait_for_streams(0);
}

TEST_F(HttpServerTest, ThereAreNoMoreStreamsThanItsLimit) {
  start({.max_streams = 2});
  Client first = client(), second = client();
  first.get("/stream");
  second.get("/stream");
  wait_for_streams(2);
  EXPECT_THAT(client().answer_to("/stream"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: ")));
  EXPECT_THAT(client().answer_to("/"), EndsWith("hello"));
}

// However many events there were meanwhile, it has two of them to send at most, each whole.
TEST_F(HttpServerTest, ASlowClientMissesEventsAndGetsNoHalfOne) {
  Server& server = start();
  Client slow = client(4096), quick = client();
  slow.get("/stream");
  quick.get("/stream");
  wait_for_streams(2);
  const std::string filling(50'000, 'x');
  for (int i = 0; i < 100; ++i) {
    const std::string text = "data: " + std::to_string(i) + ' ' + filling + "\n\n";
    server.broadcast(event(text));
    quick.read_until("data: " + std::to_string(i) + ' ');  // so that the server has had the time for each
  }
  const std::string& received = slow.read_until("data: 99 " + filling + "\n\n");
  EXPECT_THAT(received, HasSubstr("data: 99 "));
  int events = 0;
  for (std::size_t at = received.find("data: "); at != std::string::npos; at = received.find("data: ", at + 1)) {
    const std::size_t begin = received.find(' ', at + 6) + 1;
    EXPECT_EQ(received.substr(begin, filling.size() + 2), filling + "\n\n");
    ++events;
  }
  EXPECT_LT(events, 60);  // what the sockets' buffers hold, and two
}

TEST_F(HttpServerTest, AClientThatTakesNothingIsDropped) {
  Server& server = start({.connection = {.silence = milliseconds(300)}});
  Client client = this->client(4096);
  client.get("/stream");
  wait_for_streams(1);
  server.broadcast(event(std::string(8 << 20, 'x')));
  wait_for_streams(0);
}

TEST_F(HttpServerTest, ARequestThatDripsIsDropped) {
  start({.connection = {.request = milliseconds(300)}});
  Client client = this->client();
  client.send("GET / HT");
  EXPECT_TRUE(client.is_hung_up());
  EXPECT_EQ(client.received(), "");
}

TEST_F(HttpServerTest, WhoHasNotAskedGivesWayWhenThereAreTooMany) {
  start({.max_connections = 4});
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(std::make_unique<Client>(server_->address()));
    idle.back()->send("GET / HT");
  }
  for (int i = 0; i < 20; ++i) EXPECT_THAT(client().answer_to("/"), EndsWith("hello"));
  EXPECT_TRUE(idle.front()->is_hung_up());
}

TEST_F(HttpServerTest, SlowAnswersKeepNobodyElseWaiting) {
  start({.max_slow_answers = 2});
  Client first = client(), second = client();
  first.get("/slow");
  second.get("/slow");
  // Both are in: a third finds no room, which shows how far the server is.
  std::string third;
  for (int i = 0; i < 1000 && third.find("503") == std::string::npos; ++i) {
    Client each = client();
    EXPECT_THAT(each.answer_to("/"), EndsWith("hello"));
    third = client().answer_to("/slow");
  }
  EXPECT_THAT(third, StartsWith("HTTP/1.1 503 "));
  open_gate();
  EXPECT_THAT(first.answer(), EndsWith("at last"));
  EXPECT_THAT(second.answer(), EndsWith("at last"));
}

TEST_F(HttpServerTest, AFileIsSentWhole) {
  std::FILE* file = std::tmpfile();
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += std::to_string(i) + '\n';
  ASSERT_EQ(std::fwrite(content.data(), 1, content.size(), file), content.size());
  std::fflush(file);
  server_ = std::make_unique<Server>(listen_on({"127.0.0.1", 0}).value(), Fields{});
  server_->route("GET", "/", [&](const Request&) {
    Response response;
    auto body = std::make_shared<FileBody>();
    body->file = base::FileDescriptor(dup(fileno(file)));
    body->size_bytes = static_cast<std::int64_t>(content.size());
    response.file = std::move(body);
    return response;
  });
  ASSERT_TRUE(server_->start().ok());
  Client client = this->client(4096);
  const std::string answer = client.answer_to("/");
  EXPECT_TRUE(answer.ends_with(content));
  EXPECT_THAT(client.answer_to("/none"), StartsWith("HTTP/1.1 404 "));
  std::fclose(file);
}

TEST_F(HttpServerTest, StopsAtOnceWhateverIsOpen) {
  Server& server = start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(server.address()));
    clients.back()->get("/stream");
  }
  clients.push_back(std::make_unique<Client>(server.address()));
  clients.back()->send("GET / HT");
  wait_for_streams(50);
  server.broadcast(event("data: the end\n\n"));
  const auto begin = std::chrono::steady_clock::now();
  server.stop(milliseconds(500));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
  for (const auto& each : clients) EXPECT_TRUE(each->is_hung_up());
  for (int i = 0; i < 50; ++i) EXPECT_THAT(clients[static_cast<std::size_t>(i)]->received(), EndsWith("the end\n\n"));
}

}  // namespace
}  // namespace salestream::http
