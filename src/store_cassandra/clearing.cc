// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/clearing.h"

#include <algorithm>
#include <optional>

#include "base/logging.h"
#include "store_cassandra/schema.h"

namespace salestream::store::cassandra {
namespace {

// The greatest timestamp of a row's measures; nothing when it has none.
std::optional<TimestampUs> newest_of(ValueReader& row, std::size_t measures) {
  std::optional<TimestampUs> newest;
  for (std::size_t i = 0; i < measures; ++i)
    if (const auto timestamp = bigint_of(row.next().value_or("")))
      newest = std::max(newest.value_or(*timestamp), *timestamp);
  return newest;
}

base::Status clear_totals(Client& client, const TableCql& cql, std::size_t dimensions, Generation base,
                          std::size_t& cleared, std::stop_token stop = {}) {
  SALESTREAM_ASSIGN(const Statement scan, client.prepare(cql.scan_totals));
  SALESTREAM_ASSIGN(const Statement remove, client.prepare(cql.delete_totals));
  return client.scan(scan, {}, [&](const Answer& page) -> base::Status {
    if (stop.stop_requested()) return client.failure("clearing was stopped");
    BoundRows deletes;
    for (ValueReader row(page.values); !row.at_end();) {
      std::vector<std::string_view> key;
      for (std::size_t i = 0; i < dimensions; ++i) key.push_back(row.next().value_or(""));
      for (std::size_t i = 0; i < cql.measures.size(); ++i) row.next();
      const auto newest = newest_of(row, cql.measures.size());
      if (newest && belongs_to(base, *newest)) continue;
      deletes.bigint(clearing_timestamp(base));
      for (const std::string_view value : key) deletes.text(value);
      deletes.end_row();
    }
    cleared += deletes.rows();
    return client.write(remove, deletes);
  });
}

base::Status clear_cells(Client& client, const TableCql& cql, std::int32_t generation, Generation base) {
  SALESTREAM_ASSIGN(const Statement scan, client.prepare(cql.scan_cell_keys));
  SALESTREAM_ASSIGN(const Statement remove, client.prepare(cql.delete_cells));
  return client.scan(scan, {}, [&](const Answer& page) -> base::Status {
    BoundRows deletes;
    for (ValueReader row(page.values); !row.at_end();) {
      const std::string_view key = row.next().value_or("");
      const std::int32_t its = integer_of(row.next().value_or("")).value_or(generation);
      if (its >= generation) continue;
      deletes.bigint(clearing_timestamp(base)).text(key).integer(its).end_row();
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
      const std::string_view whose = row.next().value_or("");
      const std::int32_t its = integer_of(row.next().value_or("")).value_or(generation);
      const std::int32_t partition = integer_of(row.next().value_or("")).value_or(0);
      const std::int64_t offsets_from = bigint_of(row.next().value_or("")).value_or(0);
      if (whose != pipeline || its >= generation) continue;
      deletes.bigint(clearing_timestamp(base))
          .text(whose)
          .integer(its)
          .integer(partition)
          .bigint(offsets_from)
          .end_row();
    }
    return client.write(remove, deletes);
  });
}

}  // namespace

base::Result<TimestampUs> newest_totals_us(Client& client, const std::string& keyspace,
                                           const core::Definition& definition) {
  TimestampUs newest_us = 0;
  for (const core::TotalsTable& table : definition.totals) {
    const TableCql cql = table_cql(keyspace, table);
    SALESTREAM_ASSIGN(const Statement scan, client.prepare(cql.scan_totals));
    SALESTREAM_TRY(client.scan(scan, {}, [&](const Answer& page) -> base::Status {
      for (ValueReader row(page.values); !row.at_end();) {
        for (std::size_t i = 0; i < table.by.size() + cql.measures.size(); ++i) row.next();
        newest_us = std::max(newest_us, newest_of(row, cql.measures.size()).value_or(0));
      }
      return {};
    }));
  }
  return newest_us;
}

base::Result<std::int32_t> newest_generation(Client& client, const std::string& keyspace,
                                             const core::Definition& definition) {
  std::int32_t newest = 0;
  const auto scan = [&](const std::string& cql, const auto& take) -> base::Status {
    SALESTREAM_ASSIGN(const Statement statement, client.prepare(cql));
    return client.scan(statement, {}, [&](const Answer& page) -> base::Status {
      for (ValueReader row(page.values); !row.at_end();) {
        const std::string_view of = row.next().value_or("");
        const std::int32_t generation = integer_of(row.next().value_or("")).value_or(0);
        if (take(of)) newest = std::max(newest, generation);
      }
      return {};
    });
  };
  SALESTREAM_TRY(scan(shared_cql(keyspace).scan_progress_keys,
                      [&](std::string_view pipeline) { return pipeline == definition.pipeline; }));
  if (newest > 0) return newest;
  for (const core::TotalsTable& table : definition.totals)
    SALESTREAM_TRY(scan(table_cql(keyspace, table).scan_cell_keys, [](std::string_view) { return true; }));
  return newest;
}

base::Status clear_former_totals(Client& client, const std::string& keyspace, const core::Definition& definition,
                                 Generation base, std::stop_token stop) {
  std::size_t cleared = 0;
  for (const core::TotalsTable& table : definition.totals)
    SALESTREAM_TRY(clear_totals(client, table_cql(keyspace, table), table.by.size(), base, cleared, stop));
  return {};
}

base::Status clear_former_generations(Client& client, const std::string& keyspace, const core::Definition& definition,
                                      std::int32_t generation, Generation base) {
  std::size_t cleared = 0;
  for (const core::TotalsTable& table : definition.totals) {
    const TableCql cql = table_cql(keyspace, table);
    SALESTREAM_TRY(clear_totals(client, cql, table.by.size(), base, cleared));
    if (generation > 1) SALESTREAM_TRY(clear_cells(client, cql, generation, base));
  }
  if (cleared > 0 && generation == 1)
    base::log_warning("cassandra " + client.name() + ": " + std::to_string(cleared) +
                      " rows that were there before gave way to the totals that are counted now");
  if (generation == 1) return {};
  const SharedCql cql = shared_cql(keyspace);
  SALESTREAM_TRY(clear_rejects(client, cql, definition.pipeline, generation, base));
  SALESTREAM_ASSIGN(const Statement remove, client.prepare(cql.delete_progress));
  BoundRows deletes;
  // What an instance that slept through several resets leaves there is small, and never read.
  constexpr std::int32_t kFormerGenerations = 16;
  for (std::int32_t former = std::max(1, generation - kFormerGenerations); former < generation; ++former)
    deletes.bigint(clearing_timestamp(base)).text(definition.pipeline).integer(former).end_row();
  return client.write(remove, deletes);
}

}  // namespace salestream::store::cassandra
