// SPDX-License-Identifier: Apache-2.0
// What happens to a connection that can't be, or goes wrong: a clear error that names the host and the cause, in time.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "store_cassandra/test_place.h"

namespace salestream::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Listens on 127.0.0.1; `serve` gets each connection, and closes it.
class Peer {
 public:
  template <typename Serve>
  explicit Peer(Serve serve) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    SALESTREAM_CHECK(bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(socket_, 16) == 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    name_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this, serve] {
      for (int connection; (connection = accept(socket_, nullptr, nullptr)) >= 0;) serve(connection);
    });
  }
  ~Peer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  const std::string& name() const { return name_; }

 private:
  const int socket_;
  std::string name_;
  std::thread thread_;
};

struct Refusal {
  std::string message;
  std::chrono::milliseconds after;
};

Refusal refusal(const CassandraOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto store = make_cassandra_store(options, contract_identity()).value();
  const auto opened = store->open_for_read();
  const auto after = std::chrono::steady_clock::now() - start;
  return {opened.ok() ? "(no error)" : opened.error().message,
          std::chrono::duration_cast<std::chrono::milliseconds>(after)};
}

CassandraOptions options_for(const std::string& contact_point) {
  CassandraOptions options;
  options.contact_points = {contact_point};
  options.keyspace = "ecommerce";
  return options;
}

TEST(CassandraConnection, SaysThatNothingListens) {
  std::string name;
  {
    name = Peer([](int connection) { close(connection); }).name();
  }
  const Refusal refused = refusal(options_for(name));
  EXPECT_THAT(refused.message,
              HasSubstr("nothing listens on " + name + ". Is Cassandra running there, and are contact_points right?"));
  EXPECT_LT(refused.after.count(), 5000);
}

TEST(CassandraConnection, SaysThatAHostIsUnknown) {
  const Refusal refused = refusal(options_for("no-such-host.invalid:9042"));
  EXPECT_THAT(refused.message, AllOf(HasSubstr("no-such-host.invalid:9042"), HasSubstr("no such host")));
  EXPECT_LT(refused.after.count(), 10'000);
}

TEST(CassandraConnection, GivesUpOnAPeerThatSaysNothing) {
  CassandraOptions options = options_for("");
  options.connect_timeout_ms = 2000;
  std::vector<int> connections;
  const Peer peer([&](int connection) { connections.push_back(connection); });
  options.contact_points = {peer.name()};
  const Refusal refused = refusal(options);
  EXPECT_THAT(refused.message, HasSubstr(peer.name() + " accepts connections and then says nothing"));
  EXPECT_LT(refused.after.count(), 4000);
  for (const int connection : connections) close(connection);
}

TEST(CassandraConnection, SeesThatAPeerIsNoCassandra) {
  CassandraOptions options = options_for("");
  options.connect_timeout_ms = 4000;
  const Peer web_server([](int connection) {
    char request[64];
    if (recv(connection, request, sizeof request, 0) > 0) {
      constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\n\r\n";
      send(connection, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    }
    close(connection);
  });
  options.contact_points = {web_server.name()};
  EXPECT_THAT(refusal(options).message, HasSubstr(web_server.name() + " is no Cassandra"));
  const Peer door([](int connection) { close(connection); });
  options.contact_points = {door.name()};
  EXPECT_THAT(refusal(options).message, HasSubstr(door.name() + " closes connections at once"));
}

TEST(CassandraConnection, NamesTheFileOfACertificateThatCannotBeRead) {
  CassandraOptions options = options_for("127.0.0.1:1");
  options.uses_tls = true;
  options.tls.ca_file = "/no/ca.pem";
  EXPECT_THAT(refusal(options).message, AllOf(HasSubstr("/no/ca.pem"), HasSubstr("No such file")));
}

TEST(CassandraConnection, KnowsTheDatacentersThatThereAre) {
  if (test_cassandra() == nullptr) GTEST_SKIP() << "SALESTREAM_TEST_CASSANDRA=host:port names no server";
  CassandraOptions options = options_for(test_cassandra());
  options.local_datacenter = "mars";
  EXPECT_THAT(refusal(options).message, AllOf(HasSubstr("no datacenter mars"), HasSubstr("datacenter1")));
  options.local_datacenter = "datacenter1";
  options.keyspace = "no_such_keyspace";
  EXPECT_THAT(refusal(options).message, HasSubstr("salestream init"));
  options.create_keyspace = false;
  const auto store = make_cassandra_store(options, contract_identity()).value();
  EXPECT_THAT(store->open_for_run().error().message, HasSubstr("has no keyspace no_such_keyspace"));
}

// With SALESTREAM_TEST_CASSANDRA_TLS=host:port, a server that demands user cassandra, password cassandra and a client
// certificate, and SALESTREAM_TEST_CASSANDRA_CERTIFICATES, the folder of ca.pem, client.pem and client.key.
TEST(CassandraConnection, LogsInAndUsesTls) {
  const char* server = std::getenv("SALESTREAM_TEST_CASSANDRA_TLS");
  const char* folder = std::getenv("SALESTREAM_TEST_CASSANDRA_CERTIFICATES");
  if (server == nullptr || folder == nullptr) GTEST_SKIP() << "SALESTREAM_TEST_CASSANDRA_TLS names no server";
  CassandraOptions options = options_for(server);
  options.connect_timeout_ms = 4000;
  options.user = options.password = "cassandra";
  EXPECT_THAT(refusal(options).message, HasSubstr("demands TLS"));
  options.uses_tls = true;
  const std::string certificates = folder;
  options.tls.ca_file = certificates + "/ca.pem";
  EXPECT_THAT(refusal(options).message, HasSubstr(server)) << "without a client certificate";
  options.tls.cert_file = certificates + "/client.pem";
  options.tls.key_file = certificates + "/client.key";
  options.connect_timeout_ms = 20'000;  // where the machine is busy, its handshake takes seconds
  EXPECT_THAT(refusal(options).message, HasSubstr("salestream init")) << "all is well";

  options.password = "hunter2-not-it";
  EXPECT_THAT(refusal(options).message, AllOf(HasSubstr("does not accept the user or the password"), HasSubstr(server),
                                              Not(HasSubstr("hunter2"))));
  options.user.clear();
  EXPECT_THAT(refusal(options).message, HasSubstr("demands a user and a password"));
  options.user = options.password = "cassandra";
  options.tls.ca_file = certificates + "/client.pem";
  EXPECT_THAT(refusal(options).message, HasSubstr("certificate verify failed"));
}

}  // namespace
}  // namespace salestream::store
