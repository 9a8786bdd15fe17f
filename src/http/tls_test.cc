// SPDX-License-Identifier: Apache-2.0
// The server over TLS, with a client of OpenSSL's own: what differs from plain HTTP, and files that are not what they
// should be.
#include "http/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
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

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* owned) const {
    Free(owned);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Key new_key() { return Key(EVP_EC_gen("P-256")); }

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
  std::string text(data, size);
  BIO_free(bio);
  return text;
}

std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                           const_cast<char*>(passphrase));
  return text_of(bio);
}

std::string certificate_of(EVP_PKEY* key) {
  const std::unique_ptr<X509, Freed<X509_free>> certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_sign(certificate.get(), key, EVP_sha256());
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate.get());
  return text_of(bio);
}

class TlsFiles : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  std::shared_ptr<const TlsIdentity> identity() {
    const Key key = new_key();
    return TlsIdentity::load(file("cert.pem", certificate_of(key.get())), file("key.pem", pem_of(key.get()))).value();
  }
  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "salestream-tls-test";
};

TEST_F(TlsFiles, AnErrorNamesTheFileAndWhatIsWrongWithIt) {
  const Key key = new_key(), another = new_key();
  const std::string certificate = file("cert.pem", certificate_of(key.get())),
                    good_key = file("key.pem", pem_of(key.get()));
  ASSERT_TRUE(TlsIdentity::load(certificate, good_key).ok());
  const auto error_of = [](const std::string& certificate_file, const std::string& key_file) {
    const auto loaded = TlsIdentity::load(certificate_file, key_file);
    EXPECT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().kind, base::ErrorKind::kUsage);
    return loaded.error().message;
  };
  EXPECT_EQ(error_of("/no/cert.pem", good_key), "--http-tls /no/cert.pem: No such file or directory");
  EXPECT_EQ(error_of(certificate, "/no/key.pem"), "--http-tls /no/key.pem: No such file or directory");
  EXPECT_THAT(error_of(folder_, good_key), HasSubstr("Is a directory"));
  EXPECT_THAT(error_of(good_key, good_key),
              AllOf(StartsWith("--http-tls " + good_key), HasSubstr("no certificate in it")));
  EXPECT_THAT(error_of(certificate, certificate),
              AllOf(StartsWith("--http-tls " + certificate), HasSubstr("no private key in it")));
  const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_THAT(error_of(file("broken.pem", broken), good_key), HasSubstr("not a certificate that can be used"));
  const std::string broken_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  EXPECT_THAT(error_of(certificate, file("broken.key", broken_key)), HasSubstr("not a key that can be used"));
  EXPECT_THAT(error_of(certificate, file("another.key", pem_of(another.get()))),
              HasSubstr("another.key: not the key of the certificate in " + certificate));
  EXPECT_THAT(error_of(certificate, file("secret.key", pem_of(key.get(), "secret"))), HasSubstr("encrypted"));
  EXPECT_THAT(error_of(file("empty.pem", ""), good_key), HasSubstr("no certificate in it"));
}

class TlsClient : public Client {
 public:
  explicit TlsClient(const std::string& address, int max_version = 0, int receive_buffer_bytes = 0)
      : Client(address, receive_buffer_bytes), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_.get(), 0);  // so that old versions are offered at all
    SSL_CTX_set_options(context_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket());
    is_connected_ = SSL_connect(ssl_.get()) == 1;
  }
  bool is_connected() const { return is_connected_; }
  std::string version() const { return SSL_get_version(ssl_.get()); }

 private:
  ssize_t put(std::string_view text) override {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  }
  ssize_t take(char* buffer, std::size_t size) override { return SSL_read(ssl_.get(), buffer, static_cast<int>(size)); }

  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freed<SSL_free>> ssl_;
  bool is_connected_ = false;
};

class TlsServerTest : public TlsFiles {
 protected:
  Server& start(ServerLimits limits = {}) {
    server_ = std::make_unique<Server>(listen_on({"127.0.0.1", 0}).value(), Fields{}, identity(), limits);
    server_->route("GET", "/", [](const Request&) { return text_response(200, "hello"); });
    server_->route("GET", "/large", [this](const Request&) { return text_response(200, large_); });
    server_->route(
        "GET", "/healthz", [](const Request&) { return text_response(200, "alive"); }, Server::Reach::kAlways);
    server_->route("POST", "/form", [](const Request& request) { return text_response(200, request.body); });
    server_->route("GET", "/stream", [](const Request&) {
      Response response;
      response.content_type = "text/event-stream";
      response.is_event_stream = true;
      return response;
    });
    EXPECT_TRUE(server_->start().ok());
    return *server_;
  }
  void wait_for_streams(std::size_t count) {
    for (int i = 0; i < 1000 && server_->streams() != count; ++i) std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(server_->streams(), count);
  }

  const std::string large_ = std::string(3'000'000, 'x') + "end";
  std::unique_ptr<Server> server_;
};

TEST_F(TlsServerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  TlsClient client(start().address());
  EXPECT_EQ(client.version(), "TLSv1.3");
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(client.answer_to("/"), AllOf(StartsWith("HTTP/1.1 200 OK"), EndsWith("hello")));
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_THAT(client.answer(), EndsWith("hello"));
  EXPECT_THAT(client.answer(), EndsWith("ab"));
  EXPECT_THAT(client.answer_to("/large"), EndsWith("xend"));
  EXPECT_THAT(client.answer_to("/none"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(TlsServerTest, SpeaksNothingOlderThanTls12) {
  start();
  EXPECT_EQ(TlsClient(server_->address(), TLS1_2_VERSION).version(), "TLSv1.2");
  EXPECT_FALSE(TlsClient(server_->address(), TLS1_1_VERSION).is_connected());
  EXPECT_FALSE(TlsClient(server_->address(), TLS1_VERSION).is_connected());
  EXPECT_THAT(TlsClient(server_->address()).answer_to("/"), EndsWith("hello"));
}

TEST_F(TlsServerTest, PlainHttpIsToldToAskForTls) {
  start();
  Client client(server_->address());
  client.get("/");
  EXPECT_TRUE(client.is_hung_up());
  EXPECT_THAT(client.received(), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("https://")));
  Client garbage(server_->address());
  garbage.send("\x01\x02\x03 no handshake");
  EXPECT_TRUE(garbage.is_hung_up());
  Client truncated(server_->address());
  truncated.send("\x16\x03\x01");
}

TEST_F(TlsServerTest, AHandshakeThatDripsIsDropped) {
  start({.connection = {.request = milliseconds(300)}});
  Client client(server_->address());
  client.send("\x16\x03\x01");
  EXPECT_TRUE(client.is_hung_up());
}

TEST_F(TlsServerTest, ARefusedRequestGetsItsAnswer) {
  start();
  TlsClient client(server_->address());
  client.send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_TRUE(client.is_hung_up());
  EXPECT_THAT(client.received(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(TlsServerTest, AStreamGetsEachEvent) {
  Server& server = start();
  server.broadcast(std::make_shared<const std::string>("data: 1\n\n"));
  {
    TlsClient client(server.address());
    client.get("/stream");
    client.read_until("data: 1\n\n");
    server.broadcast(std::make_shared<const std::string>("data: " + large_ + "\n\n"));
    EXPECT_THAT(client.read_until("end\n\n"), EndsWith(large_ + "\n\n"));
  }
  wait_for_streams(0);
}

TEST_F(TlsServerTest, AClientThatTakesNothingIsDropped) {
  Server& server = start({.connection = {.silence = milliseconds(300)}});
  TlsClient client(server.address(), 0, 4096);
  client.get("/stream");
  wait_for_streams(1);
  server.broadcast(std::make_shared<const std::string>(std::size_t{8} << 20, 'x'));
  wait_for_streams(0);
}

TEST_F(TlsServerTest, HealthIsAnsweredWhenAllConnectionsAreTaken) {
  start({.max_connections = 2});
  std::vector<std::unique_ptr<TlsClient>> readers;
  for (int i = 0; i < 2; ++i) {
    readers.push_back(std::make_unique<TlsClient>(server_->address(), 0, 4096));
    readers.back()->get("/large");
    readers.back()->read_until("xxx");
  }
  EXPECT_THAT(TlsClient(server_->address()).answer_to("/healthz"), EndsWith("alive"));
  EXPECT_THAT(TlsClient(server_->address()).answer_to("/"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(TlsServerTest, StopsAtOnceWhateverIsOpen) {
  Server& server = start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<TlsClient>(server.address()));
    clients.back()->get("/stream");
  }
  clients.push_back(std::make_unique<Client>(server.address()));
  clients.back()->send("\x16\x03\x01");
  wait_for_streams(20);
  server.broadcast(std::make_shared<const std::string>("data: the end\n\n"));
  const auto begin = std::chrono::steady_clock::now();
  server.stop(milliseconds(500));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  for (const auto& each : clients) EXPECT_TRUE(each->is_hung_up());
  for (std::size_t i = 0; i < 20; ++i) EXPECT_THAT(clients[i]->received(), EndsWith("the end\n\n"));
}

}  // namespace
}  // namespace salestream::http
