// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/export_lines.h"

#include <gmock/gmock.h>

namespace salestream::cli {
namespace {

using testing::HasSubstr;

core::Reject reject(std::string message, std::string key = "") {
  core::Reject reject;
  reject.partition = 2;
  reject.offset = 9'000'000'000'000;
  reject.timestamp_ms = 1'700'000'000'123;
  reject.reason = core::RejectReason::kInvalidJson;
  reject.detail = "here: \xff";
  reject.key = std::move(key);
  reject.message = std::move(message);
  return reject;
}

std::string refusal(std::string_view line) {
  const auto parsed = parse_reject_line(line);
  return parsed.ok() ? "(not refused)" : parsed.error().message;
}

TEST(RejectLine, IsReadableByPeople) {
  EXPECT_EQ(reject_line(reject("{\"a\": \"é\"}", "k")),
            "{\"partition\": 2, \"offset\": 9000000000000, \"time\": \"2023-11-14T22:13:20.123Z\", "
            "\"reason\": \"invalid_json\", \"detail\": \"here: \\\\xff\", \"key\": \"k\", "
            "\"message\": \"{\\\"a\\\": \\\"é\\\"}\"}");
}

TEST(RejectLine, LeadsBackToTheSameBytes) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  const std::string controls("\0\1\x1f\x7f\t\r\n\"\\/", 10);
  for (const std::string& bytes :
       {std::string(), std::string("plain"), controls, every_byte, std::string("\xed\xa0\x80"), std::string("\xc3"),
        std::string("\u2028 \u202e \U0001F6D2"), std::string(100'000, '\xff')}) {
    const auto parsed = parse_reject_line(reject_line(reject(bytes, bytes)));
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_EQ(parsed->message, bytes);
    EXPECT_EQ(parsed->key, bytes);
    EXPECT_EQ(parsed->partition, 2);
    EXPECT_EQ(parsed->offset, 9'000'000'000'000);
  }
}

TEST(RejectLine, IsOneLine) {
  EXPECT_EQ(reject_line(reject("a\nb\r\nc", "k\n")).find_first_of("\r\n"), std::string::npos);
}

TEST(RejectLine, SaysThatAMessageIsNullAndCannotBeSent) {
  core::Reject null = reject("");
  null.is_null = true;
  EXPECT_THAT(reject_line(null), HasSubstr("\"message\": null"));
  EXPECT_THAT(refusal(reject_line(null)), HasSubstr("no order can be sent as a null message"));
}

TEST(RejectLine, IsRefusedWithoutWhatMatters) {
  EXPECT_EQ(refusal(R"({"partition": 0, "offset": 1, "message": "x"})"), "(not refused)");
  EXPECT_EQ(refusal(R"({"partition": 0, "offset": 1, "key": null, "message_base64": "eA=="})"), "(not refused)");
  EXPECT_THAT(refusal("no JSON"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal(R"({"partition": 0, "message": "x"})"), HasSubstr("no offset"));
  EXPECT_THAT(refusal(R"({"partition": -1, "offset": 1, "message": "x"})"), HasSubstr("no partition"));
  EXPECT_THAT(refusal(R"({"partition": 4294967296, "offset": 1, "message": "x"})"), HasSubstr("no partition"));
  EXPECT_THAT(refusal(R"({"partition": 0, "offset": "1", "message": "x"})"), HasSubstr("no offset"));
  EXPECT_THAT(refusal(R"({"partition": 0, "offset": 1, "mesage": "x"})"), HasSubstr("neither message nor"));
  EXPECT_THAT(refusal(R"({"partition": 0, "offset": 1, "message": {"a": 1}})"), HasSubstr("its message is no string"));
  EXPECT_THAT(refusal(R"({"partition": 0, "offset": 1, "message": "x", "message_base64": "eA=="})"), HasSubstr("both"));
  EXPECT_THAT(refusal(R"({"partition": 0, "offset": 1, "message_base64": "&"})"), HasSubstr("no base64"));
}

}  // namespace
}  // namespace salestream::cli
