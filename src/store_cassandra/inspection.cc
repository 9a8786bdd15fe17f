// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/inspection.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "store_cassandra/rows.h"
#include "store_cassandra/writer.h"

namespace salestream::store::cassandra {
namespace {

// Rejects read at once: each may have kMaxCutMessageBytes.
constexpr std::size_t kRejectsPerPage = 16;

class CassandraInspection final : public Inspection {
 public:
  explicit CassandraInspection(std::shared_ptr<const Shared> shared)
      : shared_(std::move(shared)), session_(make_session(shared_)) {}

  bool is_snapshot() const override { return false; }

  base::Result<std::vector<core::PartitionProgress>> read_progress() override { return session_->read_progress(); }

  base::Status scan_rejects(const RejectFilter& filter,
                            const std::function<base::Status(std::span<const core::Reject>)>& on_page) override {
    struct Bucket {
      core::PartitionId partition;
      core::Offset begin;
      auto operator<=>(const Bucket&) const = default;
    };
    std::vector<Bucket> buckets;
    SALESTREAM_TRY(scan_rows(
        client(), shared_->scan_reject_keys, {}, reject_columns().bucket, [&](const Stored<core::Reject>& bucket) {
          const core::PartitionId partition = bucket.row.partition;
          const core::Offset begin = bucket.row.offset;
          const bool is_wanted = partition == filter.partition.value_or(partition) && begin < filter.end &&
                                 begin + kOffsetsPerRejectBucket > filter.from;
          if (shared_->is_owner(bucket.owner) && is_wanted) buckets.push_back({partition, begin});
        }));
    std::sort(buckets.begin(), buckets.end());
    std::size_t left = filter.limit == 0 ? std::numeric_limits<std::size_t>::max() : filter.limit;
    for (const Bucket& bucket : buckets) {
      std::vector<core::Offset> offsets;
      BoundRows row;
      reject_columns().bucket.bind(row, {shared_->owner(), {bucket.partition, bucket.begin}});
      row.end_row();
      SALESTREAM_TRY(scan_rows(client(), shared_->list_rejects, row, reject_columns().listed,
                               [&](const Stored<core::Reject>& listed) {
                                 const core::Offset offset = listed.row.offset;
                                 if (offset >= filter.from && offset < filter.end) offsets.push_back(offset);
                               }));
      for (std::size_t begin = 0; begin < offsets.size() && left > 0; begin += kRejectsPerPage) {
        const std::size_t end = std::min(offsets.size(), begin + kRejectsPerPage);
        SALESTREAM_ASSIGN(auto page, read_rejects(bucket.partition, std::span(offsets).subspan(begin, end - begin)));
        if (filter.reason)
          std::erase_if(page, [&](const core::Reject& reject) { return reject.reason != *filter.reason; });
        if (page.size() > left) page.resize(left);
        left -= page.size();
        if (!page.empty()) SALESTREAM_TRY(on_page(page));
      }
      if (left == 0) break;
    }
    return {};
  }

  base::Status scan_cells(TableIndex index,
                          const std::function<base::Status(std::span<const StoredCell>)>& on_page) override {
    const TableAccess& table = shared_->tables.at(index);
    std::vector<StoredCell> cells;
    return client().scan(table.scan_cells, {}, [&](const Answer& page) -> base::Status {
      cells.clear();
      for (ValueReader row(page.values); !row.at_end();) {
        std::string key = table.key.read(row);
        CellRow cell;
        SALESTREAM_TRY(read_columns(cell_columns().generation, row, client(), cell));
        if (cell.generation != shared_->generation.number) {
          row.skip(cell_columns().values.size());  // whatever it is, it is not ours to judge
          continue;
        }
        auto unreadable = read_all_columns(cell_columns().values, row, cell);
        cells.push_back({std::move(key), cell.partition, cell.cell, std::move(unreadable)});
      }
      return on_page(cells);
    });
  }

  base::Status scan_totals(TableIndex index,
                           const std::function<base::Status(std::span<const StoredTotals>)>& on_page) override {
    const TableAccess& table = shared_->tables.at(index);
    std::vector<StoredTotals> rows;
    return client().scan(table.scan_totals, {}, [&](const Answer& page) -> base::Status {
      rows.clear();
      for (ValueReader values(page.values); !values.at_end();) {
        SALESTREAM_ASSIGN(auto row, stored_totals_of(values, table, *shared_));
        if (row) rows.push_back(*std::move(row));
      }
      return on_page(rows);
    });
  }

  base::Result<KeyContent> read_key(TableIndex index, std::string_view key) override {
    SALESTREAM_TRY(check_generation(*shared_));
    const TableAccess& table = shared_->tables.at(index);
    KeyContent content;
    BoundRows row;
    cell_columns().generation.bind(row, {shared_->generation.number, 0, {}});
    table.key.bind(row, key);
    row.end_row();
    SALESTREAM_ASSIGN(const Answer cells, client().read(table.read_cells, row));
    for (ValueReader values(cells.values); !values.at_end();) {
      CellRow cell;
      auto unreadable = read_all_columns(cell_columns().values, values, cell);
      content.cells.push_back({std::string(key), cell.partition, cell.cell, std::move(unreadable)});
    }
    row.clear();
    table.key.bind(row, key);
    row.end_row();
    SALESTREAM_ASSIGN(const Answer totals, client().read(table.read_totals_row, row));
    for (ValueReader values(totals.values); !values.at_end();) {
      SALESTREAM_ASSIGN(auto found, stored_totals_of(values, table, *shared_));
      if (!found) continue;
      content.totals = found->measures;
      content.unreadable_totals = std::move(found->unreadable);
    }
    return content;
  }

 private:
  Client& client() const { return *shared_->client; }

  // All of one bucket.
  base::Result<std::vector<core::Reject>> read_rejects(core::PartitionId partition,
                                                       std::span<const core::Offset> offsets) const {
    BoundRows rows;
    for (const core::Offset offset : offsets) {
      const core::Reject at{partition, offset};
      reject_columns().bucket.bind(rows, {shared_->owner(), at});
      reject_columns().offset.bind(rows, {shared_->owner(), at});
      rows.end_row();
    }
    SALESTREAM_ASSIGN(const Answer answer, client().read(shared_->read_reject, rows));
    std::vector<core::Reject> rejects;
    ValueReader values(answer.values);
    for (const std::uint32_t input : answer.inputs) {
      core::Reject& reject = rejects.emplace_back();
      reject.partition = partition;
      reject.offset = offsets[input];
      SALESTREAM_TRY(read_reject(values, client(), reject));
    }
    // Answers come in any order.
    std::sort(rejects.begin(), rejects.end(),
              [](const core::Reject& a, const core::Reject& b) { return a.offset < b.offset; });
    return rejects;
  }

  const std::shared_ptr<const Shared> shared_;
  const std::unique_ptr<Session> session_;
};

}  // namespace

std::unique_ptr<Inspection> make_inspection(std::shared_ptr<const Shared> shared) {
  return std::make_unique<CassandraInspection>(std::move(shared));
}

}  // namespace salestream::store::cassandra
