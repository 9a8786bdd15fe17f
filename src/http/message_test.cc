// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::http {
namespace {

using State = ParsedRequest::State;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kHost = "Host: localhost\r\n";

ParsedRequest parse(const std::string& first_line, std::string_view headers = "") {
  return parse_request(first_line + "\r\n" + std::string(kHost) + std::string(headers) + "\r\n");
}

TEST(HttpRequest, HasPathParametersAndHeaders) {
  const ParsedRequest parsed =
      parse("GET /api/totals?sort=total&filter=caf%C3%A9+x&empty HTTP/1.1", "X-One:  a b \r\n");
  ASSERT_EQ(parsed.state, State::kDone);
  EXPECT_EQ(parsed.request.method, "GET");
  EXPECT_EQ(parsed.request.path, "/api/totals");
  EXPECT_EQ(parsed.request.parameter("sort"), "total");
  EXPECT_EQ(parsed.request.parameter("filter"), "café x");
  EXPECT_EQ(parsed.request.parameter("empty"), "");
  EXPECT_EQ(parsed.request.parameter("none"), std::nullopt);
  EXPECT_EQ(parsed.request.header("x-one"), "a b");
  EXPECT_TRUE(parsed.request.keeps_connection);
}

TEST(HttpRequest, IsReadByteByByteToTheSameEnd) {
  const std::string whole = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\ntoken=x";
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_EQ(parse_request(whole.substr(0, n)).state, State::kIncomplete) << n;
  const ParsedRequest parsed = parse_request(whole + "GET / HT");
  ASSERT_EQ(parsed.state, State::kDone);
  EXPECT_EQ(parsed.size_bytes, whole.size());
  EXPECT_EQ(parsed.request.body, "token=x");
}

TEST(HttpRequest, TheConnectionIsKeptUnlessSomebodySaysOtherwise) {
  EXPECT_FALSE(parse("GET / HTTP/1.1", "Connection: Close\r\n").request.keeps_connection);
  EXPECT_FALSE(parse("GET / HTTP/1.0").request.keeps_connection);
}

struct Refused {
  std::string_view text;
  int status;
};

class RefusedRequest : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedRequest, IsAnsweredWithItsStatus) {
  const ParsedRequest parsed = parse_request(GetParam().text);
  EXPECT_EQ(parsed.state, State::kRefused) << GetParam().text;
  EXPECT_EQ(parsed.status, GetParam().status) << GetParam().text;
}

// Whatever two readers of HTTP could understand in two ways: RFC 9112, sections 2.2, 3, 5 and 6.
INSTANTIATE_TEST_SUITE_P(
    Ambiguous, RefusedRequest,
    ::testing::Values(
        Refused{"\x16\x03\x01", 400},  // TLS
        Refused{"GET /\r\nHost: a\r\n\r\n", 400}, Refused{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Refused{"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505}, Refused{"GET / HTTX/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Refused{"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Refused{"GET /%0d%0aX HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Refused{"GET /?a=%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Refused{"GET / HTTP/1.1\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400}, Refused{"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
        Refused{std::string_view("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 37), 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4097\r\n\r\n", 413},
        Refused{"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
        Refused{"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", 417}));

TEST(HttpRequest, HasASizeThatItMayNotPass) {
  const std::string long_line = "GET /" + std::string(kMaxHeadBytes, 'a');
  EXPECT_EQ(parse_request(long_line).status, 414);
  EXPECT_EQ(parse_request(long_line).state, State::kRefused);
  const std::string long_headers = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(kMaxHeadBytes, 'a');
  EXPECT_EQ(parse_request(long_headers).status, 431);
  EXPECT_EQ(parse_request(long_headers.substr(0, kMaxHeadBytes - 1)).state, State::kIncomplete);
  std::string many = "a=1";
  for (std::size_t i = 1; i < kMaxParameters; ++i) many += "&a=1";
  EXPECT_TRUE(parse_parameters(many));
  EXPECT_FALSE(parse_parameters(many + "&a=1"));
}

TEST(HttpResponse, HasWhatEveryAnswerHasAndItsLength) {
  Response response = json_response("{}");
  response.headers.emplace_back("ETag", "\"1\"");
  const std::string head = head_of(response, {{"X-Frame-Options", "DENY"}}, 2, true);
  EXPECT_THAT(head, ::testing::StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  for (const char* line : {" GMT\r\n", "Content-Type: application/json\r\n", "Content-Length: 2\r\n",
                           "X-Frame-Options: DENY\r\n", "ETag: \"1\"\r\n", "Connection: keep-alive\r\n\r\n"})
    EXPECT_THAT(head, HasSubstr(line));
  const std::string endless = head_of(response, {}, std::nullopt, false);
  EXPECT_THAT(endless, HasSubstr("Connection: close\r\n\r\n"));
  EXPECT_THAT(endless, Not(HasSubstr("Content-Length")));
}

TEST(HttpResponse, AnErrorIsJsonWhateverItsTextHas) {
  EXPECT_EQ(*json_error(400, "a \"b\"\n<i>").body, "{\"error\": \"a \\\"b\\\"\\u000a<i>\"}\n");
}

}  // namespace
}  // namespace salestream::http
