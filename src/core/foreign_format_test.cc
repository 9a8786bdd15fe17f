// SPDX-License-Identifier: Apache-2.0
#include "core/foreign_format.h"

#include <gtest/gtest.h>

#include <string>

namespace salestream::core {
namespace {

using namespace std::string_view_literals;

std::string_view what(std::string_view beginning) {
  const ForeignFormat* format = foreign_format(beginning);
  return format == nullptr ? "" : format->what;
}

TEST(ForeignFormat, KnowsWhatIsPacked) {
  EXPECT_EQ(what("\x1f\x8b\x08\x00"sv), "packed by gzip");
  EXPECT_EQ(what("\x28\xb5\x2f\xfd$"sv), "packed by zstd");
  EXPECT_EQ(what("\x04\x22\x4d\x18"sv), "packed by lz4");
  EXPECT_EQ(what("\xff\x06\x00\x00sNaPpY"sv), "packed by snappy");
  EXPECT_EQ(what("x\x9c\xab"sv), "packed by zlib");
  EXPECT_EQ(what("PK\x03\x04"sv), "a ZIP file");
}

TEST(ForeignFormat, KnowsOtherEncodingsOfText) {
  EXPECT_EQ(what("\xef\xbb\xbf{}"), "text with a byte order mark before it, which JSON does not have");
  for (const auto text : {"\xff\xfe{\0\"\0"sv, "\xfe\xff\0{\0\""sv, "{\0\"\0a\0\"\0:\0"sv, "\0{\0\"\0a\0\"\0:"sv})
    EXPECT_EQ(what(text), "text in UTF-16");
  for (const auto text :
       {"\xff\xfe\0\0{\0\0\0"sv, "{\0\0\0\"\0\0\0a\0\0\0\"\0\0\0"sv, "\0\0\0{\0\0\0\"\0\0\0a\0\0\0\""sv})
    EXPECT_EQ(what(text), "text in UTF-32");
}

TEST(ForeignFormat, KnowsBinaryObjects) {
  EXPECT_EQ(what("\x82\xa8order_id\xa2"sv), "MessagePack");
  EXPECT_EQ(what("\xa2\x68order_id\x62"sv), "CBOR");
  EXPECT_EQ(what("\x0f\0\0\0\x10id\0\x01\0\0\0\0\0\0"sv.substr(0, 15)), "BSON");
  EXPECT_EQ(what("\xac\xed\x00\x05sr"sv), "a serialized object of Java");
  EXPECT_EQ(what("\x80\x04\x95\x10"sv), "a pickle of Python");
  EXPECT_EQ(what("Obj\x01\x04"sv), "an Avro file");
}

TEST(ForeignFormat, SaysNothingOfTextAndOfWhatIsCut) {
  for (const auto text : {""sv, "{"sv, "{\"a\": 1}"sv, " [1]"sv, "order"sv, "PAR"sv, "\x1f"sv,
                          "\0\0\0\0\x0c{\"a\": 1}"sv, "{\"a\0\": 1}"sv, "\xc3\xa9t\xc3\xa9 2024"sv, "BZhou;1;2"sv})
    EXPECT_EQ(what(text), "") << text;
}

}  // namespace
}  // namespace salestream::core
