// SPDX-License-Identifier: Apache-2.0
#include "core/shape_hint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace salestream::core {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;

TEST(ShapeHint, KnowsWhatIsOftenTakenForJsonLines) {
  EXPECT_THAT(std::string(shape_hint("\x1f\x8b\x08\x00"sv)),
              HasSubstr("`zcat FILE | salestream run PIPELINE --input -`"));
  EXPECT_THAT(std::string(shape_hint("\x28\xb5\x2f\xfd$"sv)), HasSubstr("zstdcat"));
  EXPECT_THAT(std::string(shape_hint("PK\x03\x04"sv)), HasSubstr("unzip -p"));
  EXPECT_THAT(std::string(shape_hint("\xef\xbb\xbf{\"products\": []}")), HasSubstr("byte order mark"));
  for (const auto text : {"\xff\xfe{\0\"\0"sv, "\xfe\xff\0{\0\""sv, "{\0\"\0a\0\"\0:\0001\0}\0\r\0"sv})
    EXPECT_THAT(std::string(shape_hint(text)), HasSubstr("iconv -f UTF-16"));
  for (const char* text : {"{", "  {\r", "{\"products\": [{\"name\": \"a}]\\\"}\","})
    EXPECT_THAT(std::string(shape_hint(text)), HasSubstr("`jq -c . FILE |")) << text;
  for (const char* text : {"[", "[{\"products\": []},", "[{\"products\": []}]"})
    EXPECT_THAT(std::string(shape_hint(text)), HasSubstr("`jq -c '.[]' FILE |")) << text;
}

TEST(ShapeHint, SaysNothingOfWhatItDoesNotKnow) {
  for (const char* text : {"", " ", "Laptop;2;49.90", "{\"products\": []}", "{\"products\": NaN}", "\"products\": [",
                           "{\"a\": \"[{\"}", "}", "order"})
    EXPECT_EQ(shape_hint(text), "") << text;
  EXPECT_EQ(shape_hint("{\"a\0\": 1}"sv), "") << "one zero byte";
  EXPECT_EQ(shape_hint("{" + std::string(kShapeBytes, ' ') + "}"), "") << "too long to be looked through";
}

}  // namespace
}  // namespace salestream::core
