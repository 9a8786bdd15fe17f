// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/session.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/logging.h"
#include "store/totals_collector.h"
#include "store/unreadable_row.h"
#include "store_cassandra/rows.h"
#include "store_cassandra/statements.h"
#include "store_cassandra/writer.h"

namespace salestream::store::cassandra {
namespace {

class CassandraSession final : public Session {
 public:
  explicit CassandraSession(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)), writer_(*shared_) {}

  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    SALESTREAM_TRY(check_generation(*shared_));
    BoundRows row;
    progress_columns().key.bind(row, {shared_->owner(), {}});
    row.end_row();
    std::vector<core::PartitionProgress> all;
    SALESTREAM_TRY(scan_rows(client(), shared_->read_progress, row, progress_columns().values,
                             [&](const Stored<core::PartitionProgress>& progress) { all.push_back(progress.row); }));
    return all;
  }

  base::Status read_partition_cells(TableIndex index, core::PartitionId partition,
                                    std::span<const std::string_view> keys,
                                    std::vector<std::optional<core::Cell>>& out) override {
    const TableAccess& table = shared_->tables.at(index);
    out.assign(keys.size(), std::nullopt);
    BoundRows rows;
    for (std::size_t begin = 0; begin < keys.size(); begin += FlushSteps::kMaxRowsPerStep) {
      rows.clear();
      const std::size_t end = std::min(begin + FlushSteps::kMaxRowsPerStep, keys.size());
      for (std::size_t i = begin; i < end; ++i) {
        cell_columns().place.bind(rows, {shared_->generation.number, partition, {}});
        table.key.bind(rows, keys[i]);
        rows.end_row();
      }
      SALESTREAM_ASSIGN(const Answer answer, client().read(table.read_partition_cell, rows));
      ValueReader values(answer.values);
      for (const std::uint32_t input : answer.inputs) {
        CellRow row;
        SALESTREAM_TRY(read_columns(cell_columns().values, values, client(), row));
        out.at(begin + input) = row.cell;
      }
    }
    return {};
  }

  base::Status flush(const std::function<base::Status(FlushSteps&)>& steps) override {
    if (!shared_->may_write) return client().failure("is open for reading only, so nothing can be written to it");
    // An instance that slept through a reset ends here, mostly: what it holds belongs to a count that is over.
    SALESTREAM_TRY(check_generation(*shared_));
    return steps(writer_);
  }

  // One pass over the table: CQL can't order by what is no key. Only the best `limit` rows are held.
  base::Result<TotalsPage> read_totals(TableIndex index, PageLimit limit) override {
    const TableAccess& table = shared_->tables.at(index);
    TotalsCollector collector(table.first_measure, limit);
    const auto on_page = [&](const Answer& page) -> base::Status {
      for (ValueReader values(page.values); !values.at_end();) {
        SALESTREAM_ASSIGN(auto row, stored_totals_of(values, table, *shared_));
        if (!row) continue;
        if (row->unreadable)
          return client().failure(
              unreadable_row_text(table.totals, row->key, *row->unreadable, shared_->generation.engine));
        collector.add({std::move(row->key), row->measures});
      }
      return {};
    };
    SALESTREAM_TRY(client().scan(table.scan_totals, {}, on_page));
    return collector.page();
  }

  base::Result<std::vector<core::Reject>> read_rejects(std::size_t limit) override {
    SALESTREAM_ASSIGN(const auto buckets, reject_buckets());
    // The oldest of each partition come first in its buckets; which of them are the oldest of all, their times say.
    std::vector<RejectPlace> oldest;
    for (const auto& [partition, begins] : buckets) {
      std::vector<RejectPlace> places;
      for (const core::Offset begin : begins) {
        if (places.size() >= limit) break;
        SALESTREAM_TRY(list_rejects(partition, begin, limit, places));
      }
      oldest.insert(oldest.end(), places.begin(), places.end());
      std::sort(oldest.begin(), oldest.end());
      if (oldest.size() > limit) oldest.resize(limit);
    }
    std::vector<core::Reject> rejects;
    for (const RejectPlace& place : oldest) {
      BoundRows row;
      const core::Reject at{place.partition, place.offset};
      reject_columns().bucket.bind(row, {shared_->owner(), at});
      reject_columns().offset.bind(row, {shared_->owner(), at});
      row.end_row();
      SALESTREAM_ASSIGN(const Answer answer, client().read(shared_->read_reject, row));
      if (answer.inputs.empty()) continue;  // a reset came between
      core::Reject& reject = rejects.emplace_back();
      reject.partition = place.partition;
      reject.offset = place.offset;
      ValueReader values(answer.values);
      SALESTREAM_TRY(read_reject(values, client(), reject));
    }
    return rejects;
  }

 private:
  struct RejectPlace {
    std::int64_t timestamp_ms = 0;
    core::PartitionId partition = 0;
    core::Offset offset = 0;
    friend auto operator<=>(const RejectPlace&, const RejectPlace&) = default;
  };

  Client& client() const { return *shared_->client; }

  // Where this pipeline's rejected messages are: offsets_from by partition, in order.
  base::Result<std::map<core::PartitionId, std::vector<core::Offset>>> reject_buckets() {
    std::map<core::PartitionId, std::vector<core::Offset>> buckets;
    SALESTREAM_TRY(scan_rows(client(), shared_->scan_reject_keys, {}, reject_columns().bucket,
                             [&](const Stored<core::Reject>& bucket) {
                               if (shared_->is_owner(bucket.owner))
                                 buckets[bucket.row.partition].push_back(bucket.row.offset);
                             }));
    for (auto& [partition, begins] : buckets) std::sort(begins.begin(), begins.end());
    return buckets;
  }

  base::Status list_rejects(core::PartitionId partition, core::Offset begin, std::size_t limit,
                            std::vector<RejectPlace>& places) {
    BoundRows row;
    reject_columns().bucket.bind(row, {shared_->owner(), {partition, begin}});
    row.end_row();
    return scan_rows(
        client(), shared_->list_rejects, row, reject_columns().listed, [&](const Stored<core::Reject>& listed) {
          // A partition's rejected messages stay in the order of their offsets, whatever their times.
          const std::int64_t not_before_ms = places.empty() ? -1 : places.back().timestamp_ms;
          if (places.size() < limit)
            places.push_back({std::max(listed.row.timestamp_ms, not_before_ms), partition, listed.row.offset});
        });
  }

  const std::shared_ptr<const Shared> shared_;
  Writer writer_;
};

}  // namespace

base::Result<std::optional<StoredTotals>> stored_totals_of(ValueReader& values, const TableAccess& table,
                                                           const Shared& shared) {
  StoredTotals row;
  row.key = table.key.read(values);
  ValueReader measures = values;  // what stands there may be another program's, and then is not looked at
  values.skip(table.measures.size());
  WrittenRow written;
  SALESTREAM_TRY(read_columns(table.written, values, *shared.client, written));
  if (!belongs_to(shared.generation.base, written.newest_us)) return std::optional<StoredTotals>();
  row.unreadable = read_all_columns(table.measures, measures, row.measures);
  return std::optional(std::move(row));
}

void Shared::take_over(Generation totals) const {
  TimestampUs ours_us = totals_base_us.load();
  while (totals.base_us > ours_us)
    if (totals_base_us.compare_exchange_weak(ours_us, totals.base_us)) {
      if (may_write)  // else it may be our own repair, and nothing is written on
        base::log_info("cassandra " + client->name() +
                       ": its totals were repaired meanwhile, and are written on after that");
      return;
    }
}

base::Result<std::shared_ptr<const Shared>> prepare_shared(std::shared_ptr<Client> client, const std::string& keyspace,
                                                           const Identity& identity, CurrentGeneration generation,
                                                           bool may_write) {
  auto shared = std::make_shared<Shared>();
  shared->pipeline = identity.definition.pipeline;
  shared->source = identity.source;
  shared->generation = generation;
  shared->totals_base_us = generation.totals().base_us;
  shared->may_write = may_write;
  const SharedCql cql = shared_cql(keyspace);
  for (const auto& [statement, text] : {std::pair{&shared->read_generation, &cql.read_generation},
                                        {&shared->write_progress, &cql.write_progress},
                                        {&shared->read_progress, &cql.read_progress},
                                        {&shared->write_reject, &cql.write_reject},
                                        {&shared->scan_reject_keys, &cql.scan_reject_keys},
                                        {&shared->list_rejects, &cql.list_rejects},
                                        {&shared->read_reject, &cql.read_reject}}) {
    SALESTREAM_ASSIGN(*statement, client->prepare(*text));
  }
  for (const core::TotalsTable& totals : identity.definition.totals) {
    const TableCql of_table = table_cql(keyspace, totals);
    TableAccess table{KeyColumns(identity.definition, totals)};
    table.totals = totals;
    table.first_measure = totals.first_measure();
    table.measures = measure_columns(totals);
    table.written = written_columns(totals);
    for (const auto& [statement, text] : {std::pair{&table.write_cell, &of_table.write_cell},
                                          {&table.write_totals, &of_table.write_totals},
                                          {&table.delete_totals, &of_table.delete_totals},
                                          {&table.scan_totals, &of_table.scan_totals},
                                          {&table.scan_cells, &of_table.scan_cells},
                                          {&table.read_totals_row, &of_table.read_totals_row}}) {
      SALESTREAM_ASSIGN(*statement, client->prepare(*text));
    }
    for (const auto& [statement, text] : {std::pair{&table.read_cells, &of_table.read_cells},
                                          {&table.read_partition_cell, &of_table.read_partition_cell}}) {
      SALESTREAM_ASSIGN(statement->one, client->prepare(text->one));
      if (text->many.empty()) continue;
      SALESTREAM_ASSIGN(statement->many, client->prepare(text->many));
    }
    shared->tables.push_back(std::move(table));
  }
  shared->client = std::move(client);
  return std::shared_ptr<const Shared>(std::move(shared));
}

std::unique_ptr<Session> make_session(std::shared_ptr<const Shared> shared) {
  return std::make_unique<CassandraSession>(std::move(shared));
}

}  // namespace salestream::store::cassandra
