// SPDX-License-Identifier: Apache-2.0
#include "decode/surrogates.h"

#include <gtest/gtest.h>

#include <string>

namespace salestream::decode {
namespace {

std::string unescaped(std::string_view raw) {
  std::string out(raw.size(), '\0');
  char* const end = unescape_with_halves(raw, out.data());
  if (end == nullptr) return "(not JSON)";
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

TEST(Surrogates, PairsAreCharactersAndHalvesStayAlone) {
  EXPECT_EQ(unescaped(R"(a\ud83d\ude00b)"), "a😀b");
  EXPECT_EQ(unescaped(R"(\uD83D\uDE00)"), "😀");
  EXPECT_EQ(unescaped(R"(\ud83d)"), "\xed\xa0\xbd");
  EXPECT_EQ(unescaped(R"(\ude00 x)"), "\xed\xb8\x80 x");
  EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude00)"), "\xed\xa0\xbd😀");
  EXPECT_EQ(unescaped(R"(\ud83dA)"),
            "\xed\xa0\xbd"
            "A");
  EXPECT_EQ(unescaped(R"(\ud83d\n)"), "\xed\xa0\xbd\n");
  EXPECT_EQ(unescaped(R"(\\ud83d)"), "\\ud83d");
}

TEST(Surrogates, OtherEscapesAreThoseOfJson) {
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac)"), "\"\\/\b\f\n\r\tAé€");
  for (const char* raw : {R"(\x)", R"(\ud83)", R"(\u-123)", R"(\ud83d\u12)", R"(\)", R"(\u)"})
    EXPECT_EQ(unescaped(raw), "(not JSON)") << raw;
}

TEST(Surrogates, FindsTheFirstHalf) {
  EXPECT_EQ(find_half("M\xed\xa0\xbc x \xed\xbe\x82"), 0xD83C);
  EXPECT_EQ(find_half("\xed\xbe\x82"), 0xDF82);
  EXPECT_EQ(find_half("Mouse"), std::nullopt);
  EXPECT_EQ(find_half("퟿ Mouse 😀 "), std::nullopt);  // U+D7FF begins with the same byte
}

}  // namespace
}  // namespace salestream::decode
