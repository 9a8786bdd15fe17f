// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/indented_json.h"

#include <gtest/gtest.h>

namespace salestream::cli {
namespace {

TEST(IndentedJson, HasALineForEachValue) {
  EXPECT_EQ(indented_json(R"({"a": [1, {"b:,": "x\"}"}], "c":{}, "d": [ ], "e": -1.5})"),
            R"({
  "a": [
    1,
    {
      "b:,": "x\"}"
    }
  ],
  "c": {},
  "d": [],
  "e": -1.5
})");
}

TEST(IndentedJson, LeavesAloneWhatIsNone) {
  for (const char* text : {"", "x", R"({"a": )", R"({"a": 1]])", R"("abc)", "}", R"("a\)"})
    EXPECT_EQ(indented_json(text), text);
  EXPECT_EQ(indented_json(std::string(1000, '[')), std::string(1000, '['));
  EXPECT_EQ(indented_json("\x1b[2J\xff").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace salestream::cli
