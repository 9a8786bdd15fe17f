// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace salestream::core {
namespace {

std::string members_of(std::string_view object) {
  std::string found;
  Members members(object);
  while (members.next()) found += std::string(members.name()) + "=" + std::string(members.value()) + ";";
  return found;
}

TEST(JsonText, FindsWhereAValueEnds) {
  EXPECT_EQ(end_of_value(R"({"a}": [1, "]\"}"]} x)").size, 19U);
  EXPECT_EQ(end_of_value(R"("x\\" y)").size, 5U);
  EXPECT_EQ(end_of_value("12.5,").size, 4U);
  EXPECT_EQ(end_of_value("null").size, 4U);
  EXPECT_EQ(end_of_value("[]").unfinished, std::nullopt);
  for (const char* text : {"", "{", "[1,", R"({"a": {"b": 1})"})
    EXPECT_EQ(end_of_value(text).unfinished, Unfinished::kBetweenTokens) << text;
  for (const char* text : {"\"", R"("a\")", R"({"a)", R"([["x\\\")"})
    EXPECT_EQ(end_of_value(text).unfinished, Unfinished::kInString) << text;
  EXPECT_EQ(end_of_value("]x").size, 0U);
}

TEST(JsonText, ListsMembers) {
  EXPECT_EQ(members_of(R"( {)"), "");
  EXPECT_EQ(members_of(R"({ "a" : 1 , "b":{"c":[2]},"d\"":"x,y", "e":null})"), R"(a=1;b={"c":[2]};d\"="x,y";e=null;)");
  EXPECT_EQ(members_of("{}"), "");
}

TEST(JsonText, GivesOfACutTextWhatIsThere) {
  const std::string whole = R"({"a": 1, "b": {"c": "x\\"}, "d": [1, 2]})";
  for (std::size_t size = 0; size < whole.size(); ++size) members_of(std::string_view(whole).substr(0, size));
  EXPECT_EQ(members_of(R"({"a": 1, "b": {"c": "x)"), R"(a=1;b={"c": "x;)");
  EXPECT_EQ(members_of(R"({"a": ]})"), "");
  EXPECT_EQ(members_of(R"({a: 1})"), "");
}

TEST(JsonText, DropsSpace) {
  EXPECT_EQ(without_space_around(" \r\n\tx y\t "), "x y");
  EXPECT_EQ(without_space_around(" \n"), "");
  EXPECT_EQ(without_space_before(" x "), "x ");
}

}  // namespace
}  // namespace salestream::core
