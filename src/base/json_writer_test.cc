// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace salestream::base {
namespace {

constexpr auto kLines = JsonWriter::Layout::kLines;

TEST(JsonWriter, WritesOneLineUnlessAskedForMore) {
  JsonWriter json;
  json.begin_object().member("a", 1).key("b").begin_array().value(2).string("3").end_array();
  json.key("c").begin_object().end_object().key("d").begin_array().end_array().end_object();
  EXPECT_EQ(json.take(), R"({"a": 1, "b": [2, "3"], "c": {}, "d": []})");
}

TEST(JsonWriter, GivesEachValueALineWhereAskedTo) {
  JsonWriter json;
  json.begin_object(kLines).member("a", 1).key("rows").begin_array(kLines);
  for (int i = 0; i < 2; ++i) json.begin_object().member("n", i).member("m", i).end_object();
  json.end_array().key("none").begin_array(kLines).end_array().end_object();
  EXPECT_EQ(json.take(),
            "{\n"
            "  \"a\": 1,\n"
            "  \"rows\": [\n"
            "    {\"n\": 0, \"m\": 0},\n"
            "    {\"n\": 1, \"m\": 1}\n"
            "  ],\n"
            "  \"none\": []\n"
            "}");
}

TEST(JsonWriter, KnowsEveryKindOfValue) {
  JsonWriter json;
  json.begin_array().value(true).boolean(false).null().value(std::numeric_limits<std::int64_t>::min());
  json.value(std::numeric_limits<std::uint64_t>::max()).literal("9007199254740993.10").fixed(1.25, 1).fixed(3, 0);
  json.fixed(std::numeric_limits<double>::quiet_NaN(), 1).fixed(std::numeric_limits<double>::infinity(), 1);
  json.value(std::optional<int>()).value(std::optional<std::string>("x")).value("y").value(std::string("z"));
  EXPECT_EQ(json.end_array().take(),
            "[true, false, null, -9223372036854775808, 18446744073709551615, 9007199254740993.10, 1.2, 3, "
            "null, null, null, \"x\", \"y\", \"z\"]");
}

TEST(JsonWriter, EscapesWhatJsonOrATerminalCouldTakeForSomethingElse) {
  EXPECT_EQ(json_string("1\u202e00 \u2028\u0085 é€📷"), "\"1\\u202e00 \\u2028\\u0085 é€📷\"");
  EXPECT_EQ(json_string("a \"b\"\\\n\x1b[2J\x7f"), "\"a \\\"b\\\"\\\\\\u000a\\u001b[2J\\u007f\"");
  EXPECT_EQ(json_string(std::string_view("\0é 📷", 8)), "\"\\u0000é 📷\"");
  JsonWriter json;
  EXPECT_EQ(json.begin_object().member("a\"b\n", "").end_object().take(), R"({"a\"b\u000a": ""})");
}

TEST(JsonWriter, MakesTextOfAnyBytes) {
  EXPECT_EQ(json_string("\xff"), "\"\uFFFD\"");
  EXPECT_EQ(json_string("a\xc3(\xe2\x82"), "\"a\uFFFD(\uFFFD\uFFFD\"");
  EXPECT_EQ(json_string("\xed\xa0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");  // a lone surrogate
}

TEST(JsonWriter, GoesOnAfterWhatWasTaken) {
  JsonWriter json;
  std::string text = json.begin_array(kLines).value(1).take();
  EXPECT_EQ(json.size_bytes(), 0U);
  text += json.value(2).take();
  text += json.end_array().take();
  EXPECT_EQ(text, "[\n  1,\n  2\n]");
}

TEST(JsonWriterDeathTest, EndsTheProcessWhenACallerMixesItUp) {
  EXPECT_DEATH(JsonWriter().begin_array().end_object(), "mistake in this program");
  EXPECT_DEATH(JsonWriter().begin_object().value(1), "mistake in this program");
  EXPECT_DEATH(JsonWriter().begin_array().key("a"), "mistake in this program");
  EXPECT_DEATH(JsonWriter().begin_object().key("a").end_object(), "mistake in this program");
}

}  // namespace
}  // namespace salestream::base
