// SPDX-License-Identifier: Apache-2.0
#include "web/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "http/endpoint.h"

namespace salestream::web {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kToken = "0123456789abcdef";

Request request_with(Fields headers, std::string path = "/") {
  Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

int status_for(const Access& access, Fields headers, std::string path = "/api/status") {
  const auto refusal = access.refusal(request_with(std::move(headers), std::move(path)), false);
  return refusal ? refusal->status : 200;
}

std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

TEST(Endpoint, IsHostAndPort) {
  EXPECT_EQ(parse_endpoint("9000").value().host, "127.0.0.1");
  EXPECT_EQ(parse_endpoint("9000").value().port, 9000);
  EXPECT_EQ(parse_endpoint("0.0.0.0:80").value().host, "0.0.0.0");
  EXPECT_EQ(parse_endpoint("[::1]:80").value().host, "::1");
  EXPECT_EQ(parse_endpoint("localhost:0").value().port, 0);
  for (const char* wrong :
       {"", ":", ":80", "host:", "host", "::1:80", "65536", "-1", "1:2:3", "[]:80", "80 ", "0x50"}) {
    ASSERT_FALSE(parse_endpoint(wrong).ok()) << wrong;
    EXPECT_THAT(parse_endpoint(wrong).error().message, HasSubstr("[HOST:]PORT"));
    EXPECT_EQ(parse_endpoint(wrong).error().kind, base::ErrorKind::kUsage);
  }
}

TEST(Endpoint, KnowsWhatOnlyThisMachineReaches) {
  EXPECT_TRUE(listen_on({"127.0.0.1", 0}).value().is_loopback);
  EXPECT_TRUE(listen_on({"127.1.2.3", 0}).value().is_loopback);
  EXPECT_FALSE(listen_on({"0.0.0.0", 0}).value().is_loopback);
  EXPECT_THAT(listen_on({"127.0.0.1", 0}).value().address, StartsWith("127.0.0.1:"));
}

TEST(Endpoint, APortThatIsTakenIsAnErrorThatSaysWhere) {
  const Listener first = listen_on({"127.0.0.1", 0}).value();
  const auto port = parse_endpoint(first.address).value().port;
  const auto second = listen_on({"127.0.0.1", port});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, base::ErrorKind::kRetriable);
  EXPECT_THAT(second.error().message, HasSubstr(first.address));
}

TEST(Endpoint, OnlyThisMachinesOwnNamesAreLoopback) {
  for (const char* name : {"localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8080"})
    EXPECT_TRUE(is_loopback_name(name)) << name;
  for (const char* name : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:80x",
                           "localhost:", "evil.example:80", "[::1].evil.example", "[::2]", "192.168.0.1", "::1"})
    EXPECT_FALSE(is_loopback_name(name)) << name;
}

TEST(Access, OnLoopbackIsForWhoAsksByThisMachinesName) {
  const Access access = Access::make(true, std::nullopt, "127.0.0.1:8080").value();
  EXPECT_EQ(status_for(access, {{"host", "localhost:8080"}}), 200);
  EXPECT_EQ(status_for(access, {}), 200);  // HTTP/1.0, which no browser speaks
  EXPECT_EQ(status_for(access, {{"host", "rebound.example"}}), 421);
  EXPECT_EQ(access.refusal(request_with({{"host", "rebound.example"}}), true)->status, 421);
}

TEST(Access, ElsewhereNeedsAToken) {
  const auto made = Access::make(false, std::nullopt, "0.0.0.0:8080");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, base::ErrorKind::kUsage);
  EXPECT_THAT(made.error().message, HasSubstr("--http-token-file"));
}

TEST(Access, WithATokenIsForWhoHasIt) {
  const Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  const auto bearer = [](std::string token) { return Fields{{"authorization", "Bearer " + std::move(token)}}; };
  EXPECT_EQ(status_for(access, bearer(kToken)), 200);
  EXPECT_EQ(status_for(access, bearer(std::string(kToken) + "0")), 401);
  EXPECT_EQ(status_for(access, bearer("0123456789abcdeg")), 401);
  EXPECT_EQ(status_for(access, bearer("")), 401);
  EXPECT_EQ(status_for(access, {{"authorization", kToken}}), 401);
  EXPECT_EQ(status_for(access, {}), 401);
  EXPECT_EQ(header_of(*access.refusal(request_with({}, "/api/status"), false), "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(access.refusal(request_with({}), true), std::nullopt);  // the login form
}

TEST(Access, ABrowserIsSentToTheForm) {
  const Access access = Access::make(true, kToken, "127.0.0.1:8080").value();
  const auto refusal = access.refusal(request_with({{"accept", "text/html,*/*"}}), false);
  EXPECT_EQ(refusal->status, 303);
  EXPECT_EQ(header_of(*refusal, "Location"), "/login");
}

TEST(Access, TheFormGivesACookieThatScriptsAndOtherSitesDoNotGet) {
  const Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  Request form = request_with({}, "/login");
  form.body = std::string("token=") + kToken;
  const Response answer = access.login(form);
  EXPECT_EQ(header_of(answer, "Location"), "/");
  const std::string cookie = header_of(answer, "Set-Cookie");
  EXPECT_THAT(cookie, StartsWith("salestream_8080="));
  EXPECT_THAT(cookie, EndsWith("; HttpOnly; SameSite=Strict; Path=/"));
  EXPECT_THAT(cookie, ::testing::Not(HasSubstr(kToken)));
  const std::string pair = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(status_for(access, {{"cookie", "other=1; " + pair}}), 200);
  EXPECT_EQ(status_for(access, {{"cookie", pair + "0"}}), 401);
  EXPECT_EQ(status_for(access, {{"cookie", "salestream_8080="}}), 401);
  // Another run's cookie is none of ours.
  EXPECT_EQ(status_for(Access::make(false, kToken, "0.0.0.0:8080").value(), {{"cookie", pair}}), 401);
}

TEST(Access, AWrongTokenGetsTheFormAgain) {
  const Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  for (const char* body : {"", "token=", "token=wrong", "other=0123456789abcdef", "token=%zz"}) {
    Request form = request_with({}, "/login");
    form.body = body;
    EXPECT_EQ(header_of(access.login(form), "Location"), "/login?wrong=1") << body;
    EXPECT_EQ(header_of(access.login(form), "Set-Cookie"), "") << body;
  }
}

class TokenFile : public ::testing::Test {
 protected:
  ~TokenFile() override { std::filesystem::remove(file_); }
  base::Result<std::string> read(const std::string& content) {
    std::ofstream(file_, std::ios::binary) << content;
    return read_token(file_);
  }
  const std::string file_ = ::testing::TempDir() + "salestream-token";
};

TEST_F(TokenFile, IsItsTextWithoutTheSpaceAround) { EXPECT_EQ(read(" 0123456789abcdef\r\n").value(), kToken); }

TEST_F(TokenFile, OneThatIsShortOrNoTextIsRefused) {
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string("0123456789abcde\n"),
        std::string("0123456789abcdef\nsecond line"), std::string("0123456789abcdé"), std::string(5000, 'a')}) {
    ASSERT_FALSE(read(content).ok()) << content;
    EXPECT_THAT(read(content).error().message, HasSubstr(file_));
    EXPECT_THAT(read(content).error().message, ::testing::Not(HasSubstr("0123456789")));  // it is a secret all the same
  }
  EXPECT_THAT(read_token("/no/such/file").error().message, HasSubstr("No such file"));
}

}  // namespace
}  // namespace salestream::web
