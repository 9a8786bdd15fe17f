// SPDX-License-Identifier: Apache-2.0
#include "store/row_layout.h"

#include <gmock/gmock.h>

namespace salestream::store {
namespace {

using testing::ElementsAre;

struct TestRow {
  int a = 0, b = 0;
};

// Values in a list; names in angle brackets.
struct ListFormat {
  struct Shape {
    std::string name;
  };
  using Binder = std::vector<int>;
  using Reader = std::vector<int>;
  static std::string quoted(std::string_view name) { return "<" + std::string(name) + ">"; }
};

template <typename Get>
RowColumn<ListFormat, TestRow, TestRow> positive(const char* name, Get) {
  return {{name},
          [](std::vector<int>& row, const TestRow& from) { row.push_back(Get{}(from)); },
          [](std::vector<int>& row, TestRow& into) -> Expected {
            Get{}(into) = row.front();
            row.erase(row.begin());
            return Get{}(into) > 0 ? nullptr : "a positive number";
          }};
}

RowLayout<ListFormat, TestRow> pair_columns() {
  return RowLayout<ListFormat, TestRow>({positive(
                                             "a", [](auto& row) -> auto& { return row.a; }),
                                         positive(
                                             "b", [](auto& row) -> auto& { return row.b; })});
}

TEST(RowLayout, StatementsBindAndReadInTheOrderOfTheirText) {
  const auto turned = pair_columns().only({"b", "a"});
  EXPECT_EQ(turned.names(), "<b>, <a>");
  EXPECT_EQ(turned.placeholders(), "?, ?");
  EXPECT_EQ(turned.conditions(), "<b> = ? AND <a> = ?");
  EXPECT_EQ(turned.assignments(), "<b> = ?, <a> = ?");
  std::vector<int> row;
  turned.bind(row, {1, 2});
  EXPECT_THAT(row, ElementsAre(2, 1));
  TestRow read;
  EXPECT_EQ(turned.read(row, read), nullptr);
  EXPECT_EQ(read.a, 1);
  EXPECT_EQ(read.b, 2);
}

TEST(RowLayout, IsPutTogetherFromParts) {
  EXPECT_EQ(pair_columns().from("b").names(), "<b>");
  auto written = positive(
      "b", [](auto& row) -> auto& { return row.b; });
  written.selected_as = "WRITETIME(b)";
  const auto both = pair_columns().only({"a"}) + RowLayout<ListFormat, TestRow>({written});
  EXPECT_EQ(both.selected(), "<a>, WRITETIME(b)");
  EXPECT_TRUE(both.has("b"));
  EXPECT_FALSE(both.has("c"));
}

TEST(RowLayout, SaysWhatBelongsWhereSomethingElseIs) {
  std::vector<int> row{1, -1};
  TestRow read;
  EXPECT_STREQ(pair_columns().read(row, read), "a positive number");
}

}  // namespace
}  // namespace salestream::store
