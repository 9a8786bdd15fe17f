// SPDX-License-Identifier: Apache-2.0
#include "http/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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

}  // namespace
}  // namespace salestream::http
