// SPDX-License-Identifier: Apache-2.0
// For tests of the audit of what end-to-end tests can't hold still: a store without snapshots whose rows and cells move
// between two looks, and a source that ends or fails in the middle, or whose messages vanish. Both are tables in
// memory; what real ones do, tests/e2e shows.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/audit.h"
#include "core/cell.h"
#include "store/store.h"

namespace salestream::audit::fixture {

inline constexpr store::TableIndex kTable = 0;

inline core::Definition definition() {
  core::Definition d;
  d.pipeline = "audited";
  d.order.items = core::FieldPath{{"items"}};
  d.order.product = core::FieldPath{{"product"}};
  d.order.quantity = core::FieldPath{{"quantity"}};
  d.totals = {
      {"units", {core::Dimension::kProduct}, {{"name", core::Dimension::kProduct}, {"units", core::Measure::kUnits}}}};
  return d;
}

inline std::string order_of(const std::string& product, int quantity) {
  return "{\"items\": [{\"product\": \"" + product + "\", \"quantity\": " + std::to_string(quantity) + "}]}";
}

inline core::Measures units(std::int64_t n, std::int64_t orders) {
  return {{}, core::Decimal::from_integer(n), orders};
}

class MemoryReader final : public Reader {
 public:
  std::map<core::PartitionId, std::vector<std::string>> messages;
  std::optional<core::Offset> fails_at;
  std::map<core::PartitionId, std::set<core::Offset>> gone;  // from the middle
  std::map<core::PartitionId, core::Offset> expired_before;
  bool is_compacted_topic = false;
  int times_asked = 0, times_asked_for_ranges = 0;
  std::atomic<int> times_read{0};
  bool is_there = true;
  // With how often it was called. The first time that all is read, partitions are read side by side, and nothing may
  // change.
  std::function<void(int)> on_ranges, on_read;

  base::Result<std::vector<PartitionRange>> ranges() override {
    ++times_asked_for_ranges;
    if (on_ranges) on_ranges(times_asked_for_ranges);
    if (!is_there) return base::failure("the topic does not exist");
    std::vector<PartitionRange> ranges;
    for (const auto& [partition, all] : messages)
      ranges.push_back({partition, expired_before[partition], static_cast<core::Offset>(all.size())});
    return ranges;
  }
  base::Result<core::Offset> read(core::PartitionId partition, core::Offset begin, core::Offset end,
                                  const OnMessage& on_message) override {
    const int time = ++times_read;
    if (on_read) on_read(time);
    for (core::Offset at = begin; at < end; ++at) {
      if (at == fails_at) return base::failure("the source is gone");
      if (has_expired(partition, at)) return base::failure("messages expired while they were read");
      if (is_gone(partition, at)) continue;
      SALESTREAM_TRY(on_message({at, -1, messages.at(partition).at(static_cast<std::size_t>(at))}));
    }
    return end;
  }
  base::Result<bool> is_compacted() override {
    ++times_asked;
    return is_compacted_topic;
  }

 private:
  // Partitions are read side by side: nothing is put into the map here.
  bool is_gone(core::PartitionId partition, core::Offset at) const {
    const auto of_partition = gone.find(partition);
    return of_partition != gone.end() && of_partition->second.contains(at);
  }
  bool has_expired(core::PartitionId partition, core::Offset at) const {
    const auto of_partition = expired_before.find(partition);
    return of_partition != expired_before.end() && at < of_partition->second;
  }
};

struct Content {
  std::vector<core::PartitionProgress> progress;
  std::map<std::pair<std::string, core::PartitionId>, core::Cell> cells;
  std::map<std::string, core::Measures> rows;
  // What of these can't be read.
  std::map<std::pair<std::string, core::PartitionId>, store::Unreadable> unreadable_cells;
  std::map<std::string, store::Unreadable> unreadable_rows;
  std::vector<core::Reject> rejects;
};

// A store as it is at the scan, and then at each later look at a key; the last stays.
class MovingStore final : public store::Store {
 public:
  std::vector<Content> moments;
  bool is_snapshot = false;
  int looks = 0;
  int times_unavailable = 0;  // so often the next reads find nobody

  std::string where() const override { return "memory"; }
  base::Result<std::vector<std::string>> schema() const override { return base::failure("none"); }
  base::Result<std::vector<std::string>> init() override { return base::failure("none"); }
  base::Status open_for_run(const store::OpenOptions&) override { return base::failure("none"); }
  base::Status open_for_read() override { return {}; }
  base::Result<std::unique_ptr<store::Session>> session() override { return base::failure("none"); }
  base::Status reset() override { return base::failure("none"); }
  bool sees_runs() const override { return false; }

  base::Result<std::unique_ptr<store::Inspection>> inspect() override {
    return std::unique_ptr<store::Inspection>(std::make_unique<Look>(*this));
  }

 private:
  const Content& now() const { return moments[std::min(static_cast<std::size_t>(looks), moments.size() - 1)]; }

  class Look final : public store::Inspection {
   public:
    explicit Look(MovingStore& store) : store_(store) {}
    bool is_snapshot() const override { return store_.is_snapshot; }
    base::Result<std::vector<core::PartitionProgress>> read_progress() override { return store_.now().progress; }
    base::Status scan_rejects(const store::RejectFilter&,
                              const std::function<base::Status(std::span<const core::Reject>)>& on_page) override {
      return on_page(store_.moments[0].rejects);
    }
    base::Status scan_cells(store::TableIndex,
                            const std::function<base::Status(std::span<const store::StoredCell>)>& on_page) override {
      for (const auto& [place, cell] : store_.moments[0].cells) {
        const store::StoredCell stored{place.first, place.second, cell,
                                       unreadable_of(place, store_.moments[0].unreadable_cells)};
        SALESTREAM_TRY(on_page({&stored, 1}));
      }
      return {};
    }
    base::Status scan_totals(
        store::TableIndex, const std::function<base::Status(std::span<const store::StoredTotals>)>& on_page) override {
      if (store_.times_unavailable-- > 0) return base::retriable("the store is unavailable");
      for (const auto& [key, measures] : store_.moments[0].rows) {
        const store::StoredTotals row{{key, measures, 0}, unreadable_of(key, store_.moments[0].unreadable_rows)};
        SALESTREAM_TRY(on_page({&row, 1}));
      }
      return {};
    }
    base::Result<KeyContent> read_key(store::TableIndex, std::string_view key) override {
      ++store_.looks;
      const Content& now = store_.now();
      KeyContent content;
      for (const auto& [place, cell] : now.cells)
        if (place.first == key)
          content.cells.push_back({place.first, place.second, cell, unreadable_of(place, now.unreadable_cells)});
      content.unreadable_totals = unreadable_of(std::string(key), now.unreadable_rows);
      if (const auto row = now.rows.find(std::string(key)); row != now.rows.end()) content.totals = row->second;
      return content;
    }

   private:
    template <typename Place>
    static std::optional<store::Unreadable> unreadable_of(const Place& place,
                                                          const std::map<Place, store::Unreadable>& unreadable) {
      const auto found = unreadable.find(place);
      return found == unreadable.end() ? std::nullopt : std::optional(found->second);
    }

    MovingStore& store_;
  };
};

inline core::PartitionProgress progress_of(const MemoryReader& reader, core::PartitionId partition,
                                           core::Offset next_offset) {
  core::PartitionProgress progress;
  progress.partition = partition;
  progress.next_offset = next_offset;
  progress.last_offset = next_offset - 1;
  progress.counters.messages = progress.counters.orders = progress.counters.items = next_offset;
  progress.first_checksum = core::checksum(reader.messages.at(partition).front());
  progress.last_checksum = core::checksum(reader.messages.at(partition).at(static_cast<std::size_t>(next_offset - 1)));
  return progress;
}

// With so much memory that nothing is on disk, and with none, so that all is.
class AuditTest : public testing::TestWithParam<std::size_t> {
 protected:
  // Two partitions, of which the first two messages each are said to be in the store: Mouse 1 + 2 and 10 + 20.
  AuditTest() {
    reader_.messages[0] = {order_of("Mouse", 1), order_of("Mouse", 2), order_of("Mouse", 4)};
    reader_.messages[1] = {order_of("Mouse", 10), order_of("Mouse", 20), order_of("Mouse", 40)};
    Content& content = store_.moments.emplace_back();
    content.progress = {progress_of(reader_, 0, 2), progress_of(reader_, 1, 2)};
    content.cells[{"Mouse", 0}] = {units(3, 2), 1};
    content.cells[{"Mouse", 1}] = {units(30, 2), 1};
    content.rows["Mouse"] = units(33, 0);
  }

  Options options() const {
    Options options;
    options.workers = 2;
    options.look_pause = std::chrono::milliseconds(0);
    options.settle_timeout = settle_timeout_;
    options.memory_bytes = GetParam();
    return options;
  }

  Report report() {
    auto report = audit(definition_, reader_, store_, options());
    EXPECT_TRUE(report.ok()) << report.error().message;
    return *std::move(report);
  }

  const core::Definition definition_ = definition();
  std::chrono::milliseconds settle_timeout_{60'000};
  MemoryReader reader_;
  MovingStore store_;
};

inline const auto kMemories = testing::Values(kMemoryBytes, 0);
inline std::string memory_name(const testing::TestParamInfo<std::size_t>& with) {
  return with.param == 0 ? "None" : "Enough";
}

}  // namespace salestream::audit::fixture
