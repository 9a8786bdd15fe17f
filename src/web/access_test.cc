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

http::Request request_with(http::Fields headers, std::string path = "/") {
  http::Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

int status_for(Access& access, http::Fields headers, std::string path = "/api/status") {
  const auto refusal = access.refusal(request_with(std::move(headers), std::move(path)), false);
  return refusal ? refusal->status : 200;
}

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

TEST(Access, OnLoopbackIsForWhoAsksByThisMachinesName) {
  Access access = Access::make(true, std::nullopt, "127.0.0.1:8080").value();
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
  Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  const auto bearer = [](std::string token) { return http::Fields{{"authorization", "Bearer " + std::move(token)}}; };
  EXPECT_EQ(status_for(access, bearer(kToken)), 200);
  EXPECT_EQ(status_for(access, bearer(std::string(kToken) + "0")), 401);
  EXPECT_EQ(status_for(access, bearer("0123456789abcdeg")), 401);
  EXPECT_EQ(status_for(access, bearer("")), 401);
  EXPECT_EQ(status_for(access, {{"authorization", kToken}}), 401);
  for (const char* scheme : {"bearer ", "BEARER ", "bEARER  "})
    EXPECT_EQ(status_for(access, {{"authorization", scheme + std::string(kToken)}}), 200) << scheme;
  EXPECT_EQ(status_for(access, {{"authorization", "Basic " + std::string(kToken)}}), 401);
  EXPECT_EQ(status_for(access, {}), 401);
  EXPECT_EQ(header_of(*access.refusal(request_with({}, "/api/status"), false), "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(access.refusal(request_with({}), true), std::nullopt);  // the login form
}

TEST(Access, ABrowserIsSentToTheForm) {
  Access access = Access::make(true, kToken, "127.0.0.1:8080").value();
  const auto refusal = access.refusal(request_with({{"accept", "text/html,*/*"}}), false);
  EXPECT_EQ(refusal->status, 303);
  EXPECT_EQ(header_of(*refusal, "Location"), "/login");
}

TEST(Access, TheFormGivesACookieThatScriptsAndOtherSitesDoNotGet) {
  Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  http::Request form = request_with({}, "/login");
  form.body = std::string("token=") + kToken;
  const http::Response answer = access.login(form);
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
  Access other = Access::make(false, kToken, "0.0.0.0:8080").value();
  EXPECT_EQ(status_for(other, {{"cookie", pair}}), 401);
}

TEST(Access, WithTlsItsCookieNeverTravelsWithoutIt) {
  Access access = Access::make(false, kToken, "0.0.0.0:8443", true).value();
  http::Request form = request_with({}, "/login");
  form.body = std::string("token=") + kToken;
  EXPECT_THAT(header_of(access.login(form), "Set-Cookie"), EndsWith("; HttpOnly; SameSite=Strict; Path=/; Secure"));
  EXPECT_THAT(header_of(access.logout({}), "Set-Cookie"), EndsWith("; Max-Age=0; Secure"));
}

TEST(Access, AWrongTokenGetsTheFormAgain) {
  Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  for (const char* body : {"", "token=", "token=wrong", "other=0123456789abcdef", "token=%zz"}) {
    http::Request form = request_with({}, "/login");
    form.body = body;
    EXPECT_EQ(header_of(access.login(form), "Location"), "/login?wrong=1") << body;
    EXPECT_EQ(header_of(access.login(form), "Set-Cookie"), "") << body;
  }
}

http::Response log_in(Access& access, http::Fields headers = {}, std::string token = kToken) {
  http::Request form = request_with(std::move(headers), "/login");
  form.body = "token=" + std::move(token);
  form.client = "192.0.2.1";
  return access.login(form);
}

std::string cookie_from(const http::Response& login) {
  const std::string cookie = header_of(login, "Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

TEST(Access, ACookieEndsAtLogoutAlsoWhereSomebodyKeptIt) {
  Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  const std::string mine = cookie_from(log_in(access)), other = cookie_from(log_in(access));
  EXPECT_NE(mine, other);
  EXPECT_EQ(status_for(access, {{"cookie", mine}}), 200);
  EXPECT_THAT(header_of(access.logout(request_with({{"cookie", mine}})), "Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(status_for(access, {{"cookie", mine}}), 401);
  EXPECT_EQ(status_for(access, {{"cookie", other}}), 200) << "another browser's";
}

TEST(Access, KeepsALimitedNumberOfCookies) {
  Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  const std::string first = cookie_from(log_in(access)), second = cookie_from(log_in(access));
  for (std::size_t i = 1; i < kMaxSessions; ++i) log_in(access);
  EXPECT_EQ(status_for(access, {{"cookie", first}}), 401);
  EXPECT_EQ(status_for(access, {{"cookie", second}}), 200);
}

TEST(Access, TheFormIsTakenFromThisServersPageOnly) {
  Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  const auto status = [&](http::Fields headers) {
    headers.emplace_back("host", "sales.example:8080");
    const int of_logout = access.logout(request_with(headers)).status;
    const int of_login = log_in(access, headers).status;
    EXPECT_EQ(of_login, of_logout);
    return of_login;
  };
  EXPECT_EQ(status({}), 303) << "a program";
  EXPECT_EQ(status({{"origin", "http://sales.example:8080"}}), 303);
  EXPECT_EQ(status({{"origin", "https://SALES.example:8080"}}), 303) << "a proxy has TLS";
  for (const char* origin :
       {"http://evil.example", "http://sales.example", "http://sales.example:8080.evil", "null", ""})
    EXPECT_EQ(status({{"origin", origin}}), 403) << origin;
  // The browser knows best, whatever a proxy made of the host.
  EXPECT_EQ(status({{"sec-fetch-site", "same-origin"}, {"origin", "https://public.example"}}), 303);
  EXPECT_EQ(status({{"sec-fetch-site", "same-site"}, {"origin", "http://sales.example:8080"}}), 403);
  EXPECT_EQ(status({{"sec-fetch-site", "cross-site"}}), 403);
  EXPECT_EQ(header_of(log_in(access, {{"origin", "null"}}), "Set-Cookie"), "");
}

TEST(Access, OneAddressGuessesSlowly) {
  Access access = Access::make(false, kToken, "0.0.0.0:8080").value();
  const std::string cookie = cookie_from(log_in(access));
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    refused += log_in(access, {}, "wrong").status == 429 ? 1 : 0;
    http::Request request = request_with({{"authorization", "Bearer wrong"}});
    request.client = "192.0.2.1";
    const auto refusal = access.refusal(request, false);
    ASSERT_TRUE(refusal);
    if (refusal->status != 429) continue;
    EXPECT_NE(header_of(*refusal, "Retry-After"), "");
    ++refused;
  }
  EXPECT_GT(refused, 200);
  EXPECT_EQ(log_in(access).status, 429) << "or guessing would be as fast as before";
  http::Request elsewhere = request_with({{"authorization", "Bearer " + std::string(kToken)}}, "/api/status");
  elsewhere.client = "192.0.2.2";
  EXPECT_EQ(access.refusal(elsewhere, false), std::nullopt);
  http::Request browser = request_with({{"cookie", cookie}, {"authorization", "Bearer wrong"}}, "/api/status");
  browser.client = "192.0.2.1";
  EXPECT_EQ(access.refusal(browser, false), std::nullopt) << "who is logged in stays so";
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
