// SPDX-License-Identifier: Apache-2.0
// The order of a flush's steps, and that totals are made of what the store has and not of what the worker remembers.
#include "engine/flush.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace salestream::engine {
namespace {

// Writes down what it is asked to do; every key has the cells given here.
class RecordingSession final : public store::Session, private store::FlushSteps {
 public:
  std::vector<std::string> steps;
  std::map<std::string, std::vector<std::pair<core::PartitionId, core::Cell>>> cells;
  std::vector<core::TotalsRow> totals;
  std::string fail_at;
  std::size_t longest_step_bytes = 0;  // of keys, or rejected messages
  std::size_t most_rows = 0;           // in a step with more than a megabyte of these

  base::Status flush(const std::function<base::Status(store::FlushSteps&)>& run) override { return run(*this); }

  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    return std::vector<core::PartitionProgress>();
  }
  base::Status read_partition_cells(store::TableIndex, core::PartitionId, std::span<const std::string_view>,
                                    std::vector<std::optional<core::Cell>>&) override {
    return {};
  }
  base::Result<store::TotalsPage> read_totals(store::TableIndex, store::PageLimit) override {
    return store::TotalsPage();
  }
  base::Result<std::vector<core::Reject>> read_rejects(std::size_t) override { return std::vector<core::Reject>(); }

 private:
  void note_bytes(std::size_t bytes, std::size_t rows) {
    longest_step_bytes = std::max(longest_step_bytes, bytes);
    if (bytes > (1 << 20)) most_rows = std::max(most_rows, rows);
  }
  base::Status step(const std::string& name, std::size_t rows) {
    EXPECT_LE(rows, kMaxRowsPerStep);
    if (name == fail_at) return base::retriable("not now");
    if (steps.empty() || steps.back() != name) steps.push_back(name);
    return {};
  }
  base::Status write_rejects(std::span<const core::Reject> rejects) override {
    std::size_t bytes = 0;
    for (const core::Reject& reject : rejects) bytes += reject.message.size();
    note_bytes(bytes, rejects.size());
    return step("rejects", rejects.size());
  }
  base::Status write_cells(store::TableIndex table, std::span<const store::CellWrite> writes) override {
    std::size_t bytes = 0;
    for (const store::CellWrite& write : writes) bytes += write.key.size();
    note_bytes(bytes, writes.size());
    for (const store::CellWrite& write : writes)
      cells[std::string(write.key)].emplace_back(write.partition, write.cell);
    return step("cells " + std::to_string(table), writes.size());
  }
  base::Status read_cells(store::TableIndex table, std::span<const std::string_view> keys,
                          std::vector<store::KeyedCell>& out) override {
    std::size_t bytes = 0;
    for (const std::string_view key : keys) bytes += key.size();
    note_bytes(bytes, keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
      for (const auto& [partition, cell] : cells[std::string(keys[i])])
        out.push_back({static_cast<std::uint32_t>(i), partition, cell});
    return step("read " + std::to_string(table), keys.size());
  }
  base::Status write_totals(store::TableIndex table, std::span<const core::TotalsRow> rows) override {
    totals.insert(totals.end(), rows.begin(), rows.end());
    return step("totals " + std::to_string(table), rows.size());
  }
  base::Status write_progress(std::span<const core::PartitionProgress> progress) override {
    return step("progress", progress.size());
  }
};

core::Cell cell(std::int64_t units, core::Offset through) {
  core::Cell made;
  made.measures.units = core::Decimal::from_integer(units);
  made.measures.orders = 1;
  made.applied_through = through;
  return made;
}

FlushSnapshot snapshot() {
  FlushSnapshot made;
  made.rejects.emplace_back();
  made.changes = {{1, 0, "x", cell(1, 4), true}, {0, 0, "b", cell(2, 5), true}, {0, 0, "a", cell(3, 6), true}};
  made.progress.emplace_back();
  return made;
}

TEST(Flush, WritesRejectsThenCellsThenTotalsThenProgress) {
  RecordingSession session;
  FlushSnapshot to_do = snapshot();
  ASSERT_TRUE(flush(session, to_do).ok());
  EXPECT_EQ(session.steps, (std::vector<std::string>{"rejects", "cells 0", "cells 1", "read 0", "totals 0", "read 1",
                                                     "totals 1", "progress"}));
}

TEST(Flush, NothingIsWrittenBehindAStepThatFailed) {
  RecordingSession session;
  session.fail_at = "cells 1";
  FlushSnapshot to_do = snapshot();
  EXPECT_FALSE(flush(session, to_do).ok());
  EXPECT_EQ(session.steps, (std::vector<std::string>{"rejects", "cells 0"}));
}

TEST(Flush, ATotalIsTheSumOfTheStoresCells) {
  RecordingSession session;
  session.cells["a"] = {{7, cell(100, 9)}};
  FlushSnapshot to_do;
  to_do.changes = {{0, 0, "a", cell(3, 6), true}};
  ASSERT_TRUE(flush(session, to_do).ok());
  ASSERT_EQ(session.totals.size(), 1U);
  EXPECT_EQ(core::to_string(session.totals[0].measures.units, 0), "103");
  EXPECT_EQ(session.totals[0].version, 10 + 7);
}

TEST(Flush, AMarkedTotalIsRewrittenWithoutItsCell) {
  RecordingSession session;
  session.cells["a"] = {{0, cell(8, 9)}};
  FlushSnapshot to_do;
  to_do.changes = {{0, 0, "a", cell(3, 6), false}};  // an older cell in memory must not show
  ASSERT_TRUE(flush(session, to_do).ok());
  EXPECT_EQ(session.cells["a"].size(), 1U);
  ASSERT_EQ(session.totals.size(), 1U);
  EXPECT_EQ(core::to_string(session.totals[0].measures.units, 0), "8");
}

TEST(Flush, LongKeysAndRejectedMessagesGoInSmallPieces) {
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) keys.push_back(std::to_string(1000 + i) + std::string(30'000, 'k'));
  FlushSnapshot to_do;
  for (const std::string& key : keys) to_do.changes.push_back({0, 0, key, cell(1, 1), true});
  for (int i = 0; i < 200; ++i) to_do.rejects.emplace_back().message.assign(30'000, 'm');
  RecordingSession session;
  ASSERT_TRUE(flush(session, to_do).ok());
  EXPECT_EQ(session.totals.size(), keys.size());
  EXPECT_LE(session.longest_step_bytes, 1U << 20);
  to_do.rejects.resize(3);
  to_do.rejects[1].message.assign(5 << 20, 'm');  // alone longer than a piece
  ASSERT_TRUE(flush(session, to_do).ok());
  EXPECT_EQ(session.most_rows, 1U);
}

TEST(Flush, ManyRowsGoInPiecesAndEachKeyOnce) {
  std::vector<std::string> keys;
  for (int i = 0; i < 5000; ++i) keys.push_back("key " + std::to_string(i));
  FlushSnapshot to_do;
  for (const std::string& key : keys)
    for (core::PartitionId partition : {0, 1}) to_do.changes.push_back({0, partition, key, cell(1, 1), true});
  RecordingSession session;
  ASSERT_TRUE(flush(session, to_do).ok());
  EXPECT_EQ(session.totals.size(), keys.size());
}

}  // namespace
}  // namespace salestream::engine
