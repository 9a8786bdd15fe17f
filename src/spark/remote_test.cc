// SPDX-License-Identifier: Apache-2.0
#include "spark/remote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::spark {
namespace {

using testing::HasSubstr;
using testing::Not;

Remote parsed(std::string_view text) {
  const auto remote = parse_remote(text);
  EXPECT_TRUE(remote.ok()) << (remote.ok() ? "" : remote.error().message);
  return remote.ok() ? *remote : Remote{};
}

std::string refusal(std::string_view text) {
  const auto remote = parse_remote(text);
  EXPECT_FALSE(remote.ok()) << text;
  if (remote.ok()) return "";
  EXPECT_EQ(remote.error().kind, base::ErrorKind::kUsage);
  EXPECT_THAT(remote.error().message, HasSubstr("sc://HOST:PORT/;use_ssl=true;token=TOKEN")) << "what to write instead";
  return remote.error().message;
}

TEST(Remote, HasTheFormOfSparksOwnClients) {
  EXPECT_EQ(parsed("sc://spark.example.org:443").address(), "spark.example.org:443");
  EXPECT_EQ(parsed("sc://localhost").port, 15002);
  EXPECT_EQ(parsed("sc://localhost/").port, 15002);
  EXPECT_EQ(parsed("sc://[::1]:7").address(), "[::1]:7");
  EXPECT_EQ(parsed("sc://[::1]").where(), "sc://[::1]:15002");
  const Remote all = parsed(
      "sc://h:1/;use_ssl=true;token=a%3Db%20c;user_id=ana;session_id=12345678-9abc-4def-8123-456789abcdef;"
      "x-team=sales");
  EXPECT_TRUE(all.uses_tls);
  EXPECT_EQ(all.token, "a=b c");
  EXPECT_EQ(all.user_id, "ana");
  EXPECT_EQ(all.session_id, "12345678-9abc-4def-8123-456789abcdef");
  EXPECT_EQ(all.headers.at("x-team"), "sales");
  EXPECT_FALSE(parsed("sc://h:1/;user_id=ana").uses_tls);
}

TEST(Remote, ATokenIsNeverSentForAllToRead) {
  EXPECT_TRUE(parsed("sc://h:1/;token=t").uses_tls);
  const std::string said = refusal("sc://h:1/;token=s3cret;use_ssl=false");
  EXPECT_THAT(said, HasSubstr("for all to read"));
  EXPECT_THAT(said, Not(HasSubstr("s3cret")));
}

TEST(Remote, SaysWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal("spark://h:7077"), HasSubstr("begin with sc://"));
  EXPECT_THAT(refusal("sc://"), HasSubstr("no HOST"));
  EXPECT_THAT(refusal("sc://:15002"), HasSubstr("no HOST"));
  EXPECT_THAT(refusal("sc://h:port"), HasSubstr("PORT 'port'"));
  EXPECT_THAT(refusal("sc://h:"), HasSubstr("PORT ''"));
  EXPECT_THAT(refusal("sc://h:0"), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal("sc://h:65536"), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal("sc://::1"), HasSubstr("brackets"));
  EXPECT_THAT(refusal("sc://[::1"), HasSubstr("no ]"));
  EXPECT_THAT(refusal("sc://h o:1"), HasSubstr("no host's name"));
  EXPECT_THAT(refusal("sc://h:1/path"), HasSubstr("begins with ;"));
  EXPECT_THAT(refusal("sc://h:1/;use_ssl"), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(refusal("sc://h:1/;use_ssl=yes"), HasSubstr("true or false, not 'yes'"));
  EXPECT_THAT(refusal("sc://h:1/;use_tls=true"), HasSubstr("'use_tls' is not known"));
  EXPECT_THAT(refusal("sc://h:1/;session_id=7"), HasSubstr("a UUID, not '7'"));
  EXPECT_THAT(refusal("sc://h:1/;user_id="), HasSubstr("user_id has no value"));
  EXPECT_THAT(refusal("sc://h:1/;user_id=%4"), HasSubstr("two hexadecimal digits"));
  EXPECT_THAT(refusal("sc://h:1/;user_id=a%0Ab"), HasSubstr("visible ASCII"));
}

TEST(Remote, NoErrorShowsASecret) {
  for (const std::string_view text : {"sc://h:1/;token=s3cret%0A", "sc://h:1/;token=s3cret%", "sc://h:1/;s3cret",
                                      "sc://h:1/;token=s3cret;use_ssl=no", "sc://s3cret@h:1", "sc://ana:s3cret@h:1",
                                      "sc://ana:s3cret/x@h:1", "sc://h:1/;czNjcmV0s3cret==", "sc://h:1/;s3cret!="})
    EXPECT_THAT(refusal(text), Not(HasSubstr("s3cret")));
  EXPECT_EQ(parsed("sc://h:1/;token=s3cret;x-key=s3cret").where(), "sc://h:1");
}

TEST(Remote, ASessionIsTheSameForWhoeverWorksOnAPipeline) {
  EXPECT_EQ(session_of("sales"), session_of("sales"));
  EXPECT_NE(session_of("sales"), session_of("Sales"));
  EXPECT_EQ(parsed("sc://h/;session_id=" + session_of("sales")).session_id, session_of("sales")) << "it is a UUID";
}

}  // namespace
}  // namespace salestream::spark
