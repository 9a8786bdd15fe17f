// SPDX-License-Identifier: Apache-2.0
#include "audit/json.h"

#include <gtest/gtest.h>

#include <string>

namespace salestream::audit {
namespace {

JsonFault fault_of(const std::string& text) { return JsonReader().read(text); }

TEST(JsonReader, ListsValuesWithTheirNames) {
  const std::string text = R"( {"a" : [1.50, "x\u0041\"", {}], "": null, "t": true} )";
  JsonReader reader;
  ASSERT_EQ(reader.read(text), JsonFault::kNone);
  const auto& v = reader.values();
  ASSERT_EQ(v.size(), 7U);
  EXPECT_EQ(v[0].kind, JsonKind::kObject);
  EXPECT_EQ(v[0].end, 7U);
  EXPECT_EQ(reader.view(v[1].name), "a");
  EXPECT_EQ(v[1].end, 5U);
  EXPECT_EQ(reader.view(v[2].text), "1.50");
  EXPECT_EQ(reader.view(v[3].text), "xA\"");
  EXPECT_EQ(v[4].kind, JsonKind::kObject);
  EXPECT_EQ(v[5].kind, JsonKind::kNull);
  EXPECT_EQ(reader.view(v[6].name), "t");
}

TEST(JsonReader, ReadsEveryEscape) {
  const std::string text = R"(["\"\\\/\b\f\n\r\t\u00e9\u20AC\uD83D\uDDB1\u0000"])";
  JsonReader reader;
  ASSERT_EQ(reader.read(text), JsonFault::kNone);
  EXPECT_EQ(reader.view(reader.values()[1].text), std::string("\"\\/\b\f\n\r\té€🖱\0", 18));
}

TEST(JsonReader, LeavesHalfAPairAloneAndReadsWhatStandsBehindIt) {
  const std::string text = R"(["\uD83D", "\uDDB1 x", "\ud83d\u0041", "\ud83d\ud83d\uddb1", "\ud83d\n", "\\ud83d"])";
  JsonReader reader;
  ASSERT_EQ(reader.read(text), JsonFault::kNone);
  std::string found;
  for (std::size_t i = 1; i < reader.values().size(); ++i)
    found += std::string(reader.view(reader.values()[i].text)) + ';';
  EXPECT_EQ(found,
            "\xed\xa0\xbd;\xed\xb6\xb1 x;\xed\xa0\xbd"
            "A;\xed\xa0\xbd🖱;\xed\xa0\xbd\n;\\ud83d;");
}

TEST(JsonReader, TellsFaultsApart) {
  for (const char* text : {"", " ", "\t\r\n "}) EXPECT_EQ(fault_of(text), JsonFault::kEmpty);
  for (const char* text : {"\xff", "{\"a\": \"\xc3\"}", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"", "\"\xf4\x90\x80\x80\""})
    EXPECT_EQ(fault_of(text), JsonFault::kInvalidUtf8) << text;
  for (const char* text : {"{",
                           "}",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "[1 2]",
                           "1 1",
                           "[1]]",
                           "nul",
                           "nullx",
                           "True",
                           "NaN",
                           "-",
                           "01",
                           "1.",
                           "\"a",
                           "\"\x01\"",
                           "\"\n\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\ud80\"",
                           "\"\\udc0g\"",
                           "\"\\ud800\\udc0\"",
                           "\"\\ud800\\\"",
                           "\xef\xbb\xbf{}",
                           "[\"a\"b]",
                           "/**/1"})
    EXPECT_EQ(fault_of(text), JsonFault::kInvalidJson) << text;
  for (const char* text : {"1", "\"\"", "null", "[]", "{}", "[[],{}]", "1e400", "-0.0E-0", "[1e99999999999999999999]"})
    EXPECT_EQ(fault_of(text), JsonFault::kNone) << text;
}

TEST(JsonReader, MakesRoomForTheValuesOfALongMessageAtOnceAndGivesItBack) {
  constexpr std::size_t kValues = 300'000;
  std::string text = "[0";
  for (std::size_t i = 1; i < kValues; ++i) text += ",0";
  text += "]";
  JsonReader reader;
  ASSERT_EQ(reader.read(text), JsonFault::kNone);
  EXPECT_EQ(reader.values().size(), kValues + 1);
  EXPECT_EQ(reader.values().capacity(), kValues + 1) << "and not as much again, from growing there";
  ASSERT_EQ(reader.read("[0]"), JsonFault::kNone);
  EXPECT_LT(reader.values().capacity(), kValues / 4);
}

TEST(JsonReader, HasALimitOfDepth) {
  const auto nested = [](std::size_t deep) { return std::string(deep, '[') + std::string(deep, ']'); };
  EXPECT_EQ(fault_of(nested(1024)), JsonFault::kNone);
  EXPECT_EQ(fault_of(nested(1025)), JsonFault::kTooDeep);
  EXPECT_EQ(fault_of(nested(100'000)), JsonFault::kTooDeep);
  EXPECT_EQ(fault_of(nested(1025) + "\""), JsonFault::kInvalidJson);
  EXPECT_EQ(fault_of("[1 " + nested(1025)), JsonFault::kInvalidJson);
}

}  // namespace
}  // namespace salestream::audit
