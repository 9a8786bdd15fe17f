// SPDX-License-Identifier: Apache-2.0
#include "source/generator.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace salestream::source {
namespace {

using std::chrono::milliseconds;

core::Definition definition() {
  core::Definition d;
  d.pipeline = "g";
  d.order.items = {{"items"}};
  d.order.product = {{"name"}};
  d.order.quantity = {{"count"}};
  d.order.price = core::FieldPath{{"price"}};
  d.totals = {{"t", {core::Dimension::kProduct}, {{"p", core::Dimension::kProduct}, {"r", core::Measure::kRevenue}}}};
  return d;
}

class Collector : public Assignments {
 public:
  explicit Collector(core::Offset resume_after = core::kNothingYet) : resume_after_(resume_after) {}

  std::map<std::pair<core::PartitionId, core::Offset>, std::string> messages;
  std::set<core::PartitionId> ended;

  void read(Source& log, int worker, int workers, std::size_t ends) {
    auto source = log.open(worker, workers, *this);
    ASSERT_TRUE(source.ok()) << source.error().message;
    core::MessageBatch batch;
    while (ended.size() < ends) {
      ASSERT_TRUE((*source)->poll(batch, milliseconds(10)).ok());
      for (const core::Message& m : batch.messages()) messages[{m.partition, m.offset}] = batch.payload_of(m);
      for (const core::ReachedEnd& reached : batch.reached_ends()) ended.insert(reached.partition);
    }
    ASSERT_TRUE((*source)->close().ok());
  }

 private:
  base::Result<std::vector<ResumePoint>> on_assigned(const std::vector<core::PartitionId>& partitions) override {
    std::vector<ResumePoint> points;
    for (const core::PartitionId id : partitions) {
      ResumePoint point{id, std::nullopt};
      if (resume_after_ != core::kNothingYet) {
        point.progress.emplace();
        point.progress->partition = id;
        point.progress->last_offset = resume_after_;
        point.progress->next_offset = resume_after_ + 1;
      }
      points.push_back(point);
    }
    return points;
  }
  base::Status on_revoked() override { return {}; }
  void on_lost() override {}

  const core::Offset resume_after_;
};

TEST(GeneratorReader, IsTheSameLogWhoeverReadsIt) {
  GeneratorOptions options;
  options.orders_per_partition = 500;
  auto log = make_generator_source(options, definition());
  ASSERT_TRUE(log.ok());
  Collector one, two;
  one.read(**log, 0, 1, 4);
  two.read(**log, 0, 2, 2);
  two.read(**log, 1, 2, 4);
  EXPECT_EQ(one.messages.size(), 2000U);
  EXPECT_TRUE(one.messages == two.messages);
}

TEST(GeneratorReader, GoesOnFromTheLastMessage) {
  GeneratorOptions options;
  options.orders_per_partition = 100;
  auto log = make_generator_source(options, definition());
  ASSERT_TRUE(log.ok());
  Collector whole, rest(59);
  whole.read(**log, 0, 1, 4);
  rest.read(**log, 0, 1, 4);
  EXPECT_EQ(rest.messages.size(), 4U * 41U);  // offset 59 once more, to be compared
  for (const auto& [place, text] : rest.messages) EXPECT_EQ(text, whole.messages[place]);
}

TEST(GeneratorReader, WithoutAnEndThereIsNoRange) {
  auto log = make_generator_source({}, definition());
  ASSERT_TRUE(log.ok());
  EXPECT_EQ((*log)->ranges().error().kind, base::ErrorKind::kUsage);
}

}  // namespace
}  // namespace salestream::source
