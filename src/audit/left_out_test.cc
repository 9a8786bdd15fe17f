// SPDX-License-Identifier: Apache-2.0
// The audit of orders that `where` leaves out: no orders, no rejected messages, no duplicates.
#include <gtest/gtest.h>

#include <string>

#include "audit/audit.h"
#include "audit/test_audit.h"

namespace salestream::audit {
namespace {

using namespace fixture;

std::string order_of_status(const std::string& id, const std::string& status, int quantity) {
  return R"({"id": ")" + id + R"(", "status": ")" + status + R"(", "items": [{"product": "Mouse", "quantity": )" +
         std::to_string(quantity) + "}]}";
}

class LeftOut : public testing::Test {
 protected:
  LeftOut() {
    definition_.order.id = core::FieldPath{{"id"}};
    definition_.deduplicate = core::Deduplicate{.window_messages = 10};
    core::Field status{core::FieldPath{{"status"}}};
    status.name = "status";
    definition_.fields = {status};
    definition_.where = "status = 'paid'";
  }

  // All messages are said to be in the store; `through`: the last that counted.
  void store_says(std::int64_t quantity, std::int64_t orders, std::int64_t duplicates, core::Offset through) {
    const auto end = static_cast<core::Offset>(reader_.messages[0].size());
    Content& content = store_.moments.emplace_back();
    core::PartitionProgress progress = progress_of(reader_, 0, end);
    progress.counters.orders = progress.counters.items = orders;
    progress.counters.duplicates = duplicates;
    content.progress = {progress};
    content.cells[{"Mouse", 0}] = {units(quantity, orders), through};
    content.rows["Mouse"] = units(quantity, 0);
  }

  Report report() {
    Options options;
    options.look_pause = std::chrono::milliseconds(0);
    auto report = audit(definition_, reader_, store_, options);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return *std::move(report);
  }

  core::Definition definition_ = definition();
  MemoryReader reader_;
  MovingStore store_;
};

TEST_F(LeftOut, AreNeitherOrdersNorDuplicatesAndTheirIdsAreNotRemembered) {
  reader_.messages[0] = {order_of_status("a", "paid", 1), order_of_status("b", "open", 2),
                         order_of_status("b", "paid", 4), order_of_status("a", "open", 8),
                         order_of_status("a", "paid", 16)};
  store_says(5, 2, 1, 2);
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_EQ(found.counted().orders, 2);
  EXPECT_EQ(found.counted().items, 2);
  EXPECT_EQ(found.counted().duplicates, 1);
  EXPECT_EQ(found.counted().left_out(), 2);
}

TEST_F(LeftOut, AreMessagesOfTheWindow) {
  definition_.deduplicate->window_messages = 2;
  reader_.messages[0] = {order_of_status("a", "paid", 1), order_of_status("b", "open", 2),
                         order_of_status("a", "paid", 4), order_of_status("b", "open", 8),
                         order_of_status("b", "open", 8), order_of_status("a", "paid", 16)};
  store_says(17, 2, 1, 5);
  EXPECT_TRUE(report().is_equal());
}

TEST_F(LeftOut, AreNotRejectedWhateverElseIsWrongWithThem) {
  reader_.messages[0] = {order_of_status("a", "paid", 1), R"({"status": "open", "id": [], "items": 7})"};
  store_says(1, 1, 0, 0);
  EXPECT_TRUE(report().is_equal());
  core::Reject reject;
  reject.offset = 1;
  reject.reason = core::RejectReason::kWrongType;
  reject.message = reader_.messages[0][1];
  store_.moments[0].rejects = {reject};
  store_.moments[0].progress[0].counters.rejects[static_cast<std::size_t>(reject.reason)] = 1;
  EXPECT_FALSE(report().is_equal());
}

TEST_F(LeftOut, AreMissedWhereTheyWereCounted) {
  reader_.messages[0] = {order_of_status("a", "paid", 1), order_of_status("b", "open", 2)};
  store_says(3, 2, 0, 1);
  const Report found = report();
  EXPECT_FALSE(found.is_equal());
  EXPECT_EQ(found.counted().left_out(), 1);
}

}  // namespace
}  // namespace salestream::audit
