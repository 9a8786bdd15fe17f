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
  d.order.items = core::FieldPath{{"items"}};
  d.order.product = core::FieldPath{{"name"}};
  d.order.quantity = core::FieldPath{{"count"}};
  d.order.price = core::FieldPath{{"price"}};
  d.totals = {{"t", {core::Dimension::kProduct}, {{"p", core::Dimension::kProduct}, {"r", core::Measure::kRevenue}}}};
  return d;
}

class Collector : public AssignmentListener {
 public:
  explicit Collector(core::Offset resume_after = core::kNothingYet) : resume_after_(resume_after) {}

  std::map<std::pair<core::PartitionId, core::Offset>, std::string> messages;
  std::set<core::PartitionId> ended;

  void read(Source& source, int worker, int workers, std::size_t ends) {
    auto opened = source.open(worker, workers, *this);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    core::MessageBatch batch;
    while (ended.size() < ends) {
      ASSERT_TRUE((*opened)->poll(batch, milliseconds(10)).ok());
      for (const core::Message& m : batch.messages()) messages[{m.partition, m.offset}] = batch.payload_of(m);
      for (const core::ReachedEnd& reached : batch.reached_ends()) ended.insert(reached.partition);
    }
    ASSERT_TRUE((*opened)->close().ok());
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

TEST(GeneratorReader, IsTheSameForEachReader) {
  GeneratorOptions options;
  options.orders_per_partition = 500;
  auto source = make_generator_source(options, definition());
  ASSERT_TRUE(source.ok());
  Collector one, two;
  one.read(**source, 0, 1, 4);
  two.read(**source, 0, 2, 2);
  two.read(**source, 1, 2, 4);
  EXPECT_EQ(one.messages.size(), 2000U);
  EXPECT_TRUE(one.messages == two.messages);
}

TEST(GeneratorReader, ContinuesFromTheLastMessage) {
  GeneratorOptions options;
  options.orders_per_partition = 100;
  auto source = make_generator_source(options, definition());
  ASSERT_TRUE(source.ok());
  Collector whole, rest(59);
  whole.read(**source, 0, 1, 4);
  rest.read(**source, 0, 1, 4);
  EXPECT_EQ(rest.messages.size(), 4U * 41U);  // offset 59 once more, to be compared
  for (const auto& [place, text] : rest.messages) EXPECT_EQ(text, whole.messages[place]);
}

TEST(GeneratorReader, WithoutAnEndThereIsNoRange) {
  auto source = make_generator_source({}, definition());
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->ranges().error().kind, base::ErrorKind::kUsage);
}

}  // namespace
}  // namespace salestream::source
