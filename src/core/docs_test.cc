// SPDX-License-Identifier: Apache-2.0
// docs/orders.md explains every reason for a rejected message, in the order of the
// enumeration, and no other. That its examples are rejected for the reason that they stand for is for
// tests/e2e/test_docs.py to show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/order.h"

namespace salestream::core {
namespace {

// The first cells of the table under `heading`, without their backticks.
std::vector<std::string> first_column(const std::string& file, const std::string& heading) {
  std::ifstream document(std::string(SALESTREAM_SOURCE_DIR) + "/" + file);
  EXPECT_TRUE(document.is_open()) << file;
  std::vector<std::string> cells;
  bool is_there = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with('#')) is_there = line == heading;
    if (is_there && line.starts_with("| `")) cells.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return cells;
}

TEST(RejectReason, IsExplainedInTheDocument) {
  std::vector<std::string> names;
  for (int i = 0; i < kRejectReasonCount; ++i) names.emplace_back(name_of(static_cast<RejectReason>(i)));
  EXPECT_THAT(first_column("docs/orders.md", "### Every reason"), testing::ElementsAreArray(names));
}

}  // namespace
}  // namespace salestream::core
