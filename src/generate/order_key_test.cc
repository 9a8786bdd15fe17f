// SPDX-License-Identifier: Apache-2.0
#include "generate/order_key.h"

#include <gtest/gtest.h>

#include <string>

namespace salestream::generate {
namespace {

TEST(OrderKeyReader, FindsTheId) {
  OrderKeyReader reader(core::FieldPath{{"order", "id.x"}});
  const auto key = [&](const std::string& text) { return std::string(reader.read(text).value_or("nothing")); };
  EXPECT_EQ(key(R"({"order": {"id.x": "a\"b"}, "more": [1]})"), "a\"b");
  EXPECT_EQ(key(R"({"order": {"id.x": 12345678901234567}})"), "12345678901234567");
  for (const char* text : {"", " ", "{", "null", "[1]", R"({"order": 1})", R"({"order": {"id": "x"}})",
                           R"({"order": {"id.x": {}}})", R"({"order": {"id.x": "y"})", "\xff"})
    EXPECT_EQ(key(text), "nothing") << text;
  EXPECT_FALSE(OrderKeyReader(std::nullopt).read("{}"));
}

}  // namespace
}  // namespace salestream::generate
