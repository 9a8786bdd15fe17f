// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/clearing.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/logging.h"
#include "store/totals_sum.h"
#include "store_cassandra/key_columns.h"
#include "store_cassandra/rows.h"
#include "store_cassandra/schema.h"
#include "store_cassandra/statements.h"

namespace salestream::store::cassandra {
namespace {

base::Error leaves_no_room(const Client& client, const std::string& table, TimestampUs newest_us) {
  return client.failure("rows of " + table + " have write timestamps so far in the future (" +
                        std::to_string(newest_us) + " µs) that nothing can be written after them. `TRUNCATE " + table +
                        "` takes them away, whatever their timestamps: do that, then this again");
}

base::Status clear_totals(Client& client, const TableCql& cql, const core::TotalsTable& table, Generation base,
                          std::size_t& cleared, std::stop_token stop = {}) {
  const Columns<WrittenRow> written_when = written_columns(table);
  SALESTREAM_ASSIGN(const Statement scan, client.prepare(cql.scan_totals));
  SALESTREAM_ASSIGN(const Statement remove, client.prepare(cql.delete_totals));
  return client.scan(scan, {}, [&](const Answer& page) -> base::Status {
    if (stop.stop_requested()) return client.failure("clearing was stopped");
    BoundRows deletes;
    for (ValueReader row(page.values); !row.at_end();) {
      std::vector<std::string_view> key;
      for (std::size_t i = 0; i < table.by.size(); ++i) key.push_back(row.next().value_or(""));
      row.skip(written_when.size());
      WrittenRow written;
      SALESTREAM_TRY(read_columns(written_when, row, client, written));
      if (written.is_written && belongs_to(base, written.newest_us)) continue;
      deletes.bigint(clearing_timestamp(base));
      for (const std::string_view value : key) deletes.text(value);
      deletes.end_row();
    }
    cleared += deletes.rows();
    return client.write(remove, deletes);
  });
}

// The cells of a key come one after the other: a scan gives each of Cassandra's partitions whole, and its rows in the
// order of their keys.
base::Status rewrite_table(Client& client, const TableCql& cql, const core::TotalsTable& table, const KeyColumns& key,
                           const CurrentGeneration& generation) {
  const Columns<core::Measures> measures = measure_columns(table);
  SALESTREAM_ASSIGN(const Statement scan, client.prepare(cql.scan_cells));
  SALESTREAM_ASSIGN(const Statement write, client.prepare(cql.write_totals));
  std::optional<core::TotalsRow> sum;
  BoundRows rows;
  const auto end_row = [&]() -> base::Status {
    if (!sum) return {};
    if (!fits(generation.totals(), sum->version)) return beyond_timestamps(client, sum->version);
    key.bind(rows, sum->key);
    measures.bind(rows, sum->measures);
    rows.bigint(totals_timestamp(generation.totals(), sum->version)).end_row();
    sum.reset();
    return {};
  };
  const auto on_page = [&](const Answer& page) -> base::Status {
    for (ValueReader row(page.values); !row.at_end();) {
      std::string its_key = key.read(row);
      CellRow cell;
      SALESTREAM_TRY(read_columns(cell_columns().generation, row, client, cell));
      if (cell.generation != generation.number) {
        row.skip(cell_columns().values.size());
        continue;
      }
      SALESTREAM_TRY(read_columns(cell_columns().values, row, client, cell));
      if (!sum || sum->key != its_key) {
        SALESTREAM_TRY(end_row());
        sum.emplace().key = std::move(its_key);
      }
      SALESTREAM_TRY(add_cell(*sum, cell.cell));
    }
    SALESTREAM_TRY(client.write(write, rows));
    rows.clear();
    return {};
  };
  SALESTREAM_TRY(client.scan(scan, {}, on_page));
  SALESTREAM_TRY(end_row());
  return client.write(write, rows);
}

base::Status clear_cells(Client& client, const TableCql& cql, std::int32_t generation, Generation base) {
  SALESTREAM_ASSIGN(const Statement scan, client.prepare(cql.scan_cell_keys));
  SALESTREAM_ASSIGN(const Statement remove, client.prepare(cql.delete_cells));
  return client.scan(scan, {}, [&](const Answer& page) -> base::Status {
    BoundRows deletes;
    for (ValueReader row(page.values); !row.at_end();) {
      const std::string_view key = row.next().value_or("");
      CellRow its;
      SALESTREAM_TRY(read_columns(cell_columns().generation, row, client, its));
      if (its.generation >= generation) continue;
      deletes.bigint(clearing_timestamp(base)).text(key);
      cell_columns().generation.bind(deletes, its);
      deletes.end_row();
    }
    return client.write(remove, deletes);
  });
}

base::Status clear_rejects(Client& client, const SharedCql& cql, const std::string& pipeline, std::int32_t generation,
                           Generation base) {
  SALESTREAM_ASSIGN(const Statement scan, client.prepare(cql.scan_reject_keys));
  SALESTREAM_ASSIGN(const Statement remove, client.prepare(cql.delete_rejects));
  return client.scan(scan, {}, [&](const Answer& page) -> base::Status {
    BoundRows deletes;
    for (ValueReader row(page.values); !row.at_end();) {
      Stored<core::Reject> bucket;
      SALESTREAM_TRY(read_columns(reject_columns().bucket, row, client, bucket));
      if (bucket.owner.pipeline != pipeline || bucket.owner.generation >= generation) continue;
      deletes.bigint(clearing_timestamp(base));
      reject_columns().bucket.bind(deletes, {bucket.owner, bucket.row});
      deletes.end_row();
    }
    return client.write(remove, deletes);
  });
}

}  // namespace

base::Result<TimestampUs> newest_totals_us(Client& client, const std::string& keyspace,
                                           const core::Definition& definition) {
  TimestampUs newest_us = 0;
  for (const core::TotalsTable& table : definition.totals) {
    const Columns<WrittenRow> written_when = written_columns(table);
    SALESTREAM_ASSIGN(const Statement scan, client.prepare(table_cql(keyspace, table).scan_totals));
    const auto on_page = [&](const Answer& page) -> base::Status {
      for (ValueReader row(page.values); !row.at_end();) {
        row.skip(table.by.size() + written_when.size());
        WrittenRow written;
        SALESTREAM_TRY(read_columns(written_when, row, client, written));
        newest_us = std::max(newest_us, written.newest_us);
      }
      if (!leaves_room(newest_us)) return leaves_no_room(client, qualified_name(keyspace, table.name), newest_us);
      return {};
    };
    SALESTREAM_TRY(client.scan(scan, {}, on_page));
  }
  return newest_us;
}

base::Result<std::int32_t> newest_generation(Client& client, const std::string& keyspace,
                                             const core::Definition& definition) {
  std::int32_t newest = 0;
  SALESTREAM_ASSIGN(const Statement of_progress, client.prepare(shared_cql(keyspace).scan_progress_keys));
  SALESTREAM_TRY(
      scan_rows(client, of_progress, {}, progress_columns().key, [&](const Stored<core::PartitionProgress>& key) {
        if (key.owner.pipeline == definition.pipeline) newest = std::max(newest, key.owner.generation);
      }));
  if (newest > 0) return newest;
  const auto on_page = [&](const Answer& page) -> base::Status {
    for (ValueReader row(page.values); !row.at_end();) {
      row.skip(1);  // the first dimension
      CellRow cell;
      SALESTREAM_TRY(read_columns(cell_columns().generation, row, client, cell));
      newest = std::max(newest, cell.generation);
    }
    return {};
  };
  for (const core::TotalsTable& table : definition.totals) {
    SALESTREAM_ASSIGN(const Statement of_cells, client.prepare(table_cql(keyspace, table).scan_cell_keys));
    SALESTREAM_TRY(client.scan(of_cells, {}, on_page));
  }
  return newest;
}

base::Status rewrite_totals(Client& client, const std::string& keyspace, const core::Definition& definition,
                            const CurrentGeneration& generation) {
  for (const core::TotalsTable& table : definition.totals)
    SALESTREAM_TRY(rewrite_table(client, table_cql(keyspace, table), table, KeyColumns(definition, table), generation));
  return {};
}

base::Status clear_former_totals(Client& client, const std::string& keyspace, const core::Definition& definition,
                                 const CurrentGeneration& generation, std::stop_token stop) {
  std::size_t cleared = 0;
  for (const core::TotalsTable& table : definition.totals)
    SALESTREAM_TRY(clear_totals(client, table_cql(keyspace, table), table, generation.totals(), cleared, stop));
  return {};
}

base::Status clear_former_generations(Client& client, const std::string& keyspace, const core::Definition& definition,
                                      const CurrentGeneration& current) {
  const std::int32_t generation = current.number;
  const Generation base = current.base;
  std::size_t cleared = 0;
  for (const core::TotalsTable& table : definition.totals) {
    const TableCql cql = table_cql(keyspace, table);
    SALESTREAM_TRY(clear_totals(client, cql, table, current.totals(), cleared));
    if (generation > 1) SALESTREAM_TRY(clear_cells(client, cql, generation, base));
  }
  if (cleared > 0 && !current.may_have_older_totals())
    base::log_warning("cassandra " + client.name() + ": " + std::to_string(cleared) +
                      (cleared == 1 ? " row" : " rows") + " of before gave way to the totals that are counted now");
  if (generation == 1) return {};
  const SharedCql cql = shared_cql(keyspace);
  SALESTREAM_TRY(clear_rejects(client, cql, definition.pipeline, generation, base));
  SALESTREAM_ASSIGN(const Statement remove, client.prepare(cql.delete_progress));
  BoundRows deletes;
  // What an instance that slept through several resets leaves there is small, and never read.
  constexpr std::int32_t kFormerGenerations = 16;
  for (std::int32_t former = std::max(1, generation - kFormerGenerations); former < generation; ++former) {
    deletes.bigint(clearing_timestamp(base));
    progress_columns().key.bind(deletes, {{definition.pipeline, former, {}}, {}});
    deletes.end_row();
  }
  return client.write(remove, deletes);
}

}  // namespace salestream::store::cassandra
