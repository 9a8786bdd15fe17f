// SPDX-License-Identifier: Apache-2.0
#include "store_view.h"

#include "base/check.h"

namespace salestream::simulation {
namespace {

using store::cassandra::bigint_of;
using store::cassandra::boolean_of;
using store::cassandra::decimal_of;
using store::cassandra::integer_of;
using store::cassandra::ValueReader;

std::string_view value_at(std::string_view values, std::size_t place) {
  ValueReader reader(values);
  for (; place > 0; --place) reader.next();
  return reader.next().value_or("");
}

}  // namespace

StoreView::StoreView(SimulatedStore& store, int replica_a, int replica_b)
    : store_(store), a_(replica_a), b_(replica_b) {
  const Keyspace& keyspace = store_.parts.keyspace;
  const TableId pipelines = keyspace.table_id("salestream_pipeline");
  const Table& table = keyspace.table(pipelines);
  store_.rows.each_visible(pipelines, a_, b_, [&](const auto&, const auto&, const Row& row) {
    const std::string_view columns = store_.cluster.columns(row);
    number_ = integer_of(value_at(columns, table.column("generation"))).value();
    base_.base_us = bigint_of(value_at(columns, table.column("generation_base_us"))).value();
    totals_base_us_ = bigint_of(value_at(columns, table.column("totals_base_us"))).value_or(0);
    is_cleared_ = boolean_of(value_at(columns, table.column("is_cleared"))).value_or(false);
  });
}

void StoreView::each_total(std::uint32_t index, const std::function<void(const Total&)>& each) {
  const Keyspace& keyspace = store_.parts.keyspace;
  const core::TotalsTable& totals = store_.parts.identity.definition.totals[index];
  const TableId id = keyspace.table_id(totals.name);
  store_.rows.each_visible(id, a_, b_, [&](const auto& partition, const auto& place, const Row& row) {
    std::vector<std::string> key;
    for (const std::string& bytes : {partition.key, place.clustering})
      for (ValueReader values(bytes); !values.at_end();) key.emplace_back(values.next().value_or(""));
    Total total;
    total.key = key.size() == 1 ? key.front() : core::make_key({key.begin(), key.end()});
    total.is_former = !store::belongs_to(base_, row.timestamp_us);
    total.measures.emplace();
    for (const core::Column& column : totals.columns) {
      const auto* const measure = std::get_if<core::Measure>(&column.shows);
      if (measure == nullptr || !total.measures) continue;
      const std::string_view bytes = value_at(store_.cluster.columns(row), keyspace.table(id).column(column.name));
      if (*measure == core::Measure::kOrders) {
        if (const auto orders = bigint_of(bytes))
          total.measures->orders = *orders;
        else
          total.measures.reset();
      } else if (const auto amount = decimal_of(bytes)) {
        (*measure == core::Measure::kRevenue ? total.measures->revenue : total.measures->units) = *amount;
      } else {
        total.measures.reset();
      }
    }
    each(total);
  });
}

void StoreView::of_progress(core::PartitionId partition, const Columns& each) {
  const Keyspace& keyspace = store_.parts.keyspace;
  const TableId id = keyspace.table_id("salestream_progress");
  store_.rows.each_visible(id, a_, b_, [&](const auto& its, const auto& place, const Row& row) {
    if (integer_of(value_at(its.key, 1)) == number_ && integer_of(value_at(place.clustering, 0)) == partition)
      each(keyspace.table(id), store_.cluster.columns(row));
  });
}

std::optional<core::Offset> StoreView::next_offset(core::PartitionId partition) {
  std::optional<core::Offset> found;
  of_progress(partition, [&](const Table& table, std::string_view columns) {
    found = bigint_of(value_at(columns, table.column("next_offset")));
  });
  return found;
}

std::optional<core::PartitionProgress> StoreView::progress(core::PartitionId partition) {
  std::optional<core::PartitionProgress> found;
  of_progress(partition, [&](const Table& table, std::string_view columns) {
    const auto number = [&](const char* name) { return bigint_of(value_at(columns, table.column(name))).value(); };
    core::PartitionProgress& progress = found.emplace();
    progress.partition = partition;
    progress.first_offset = number("first_offset");
    progress.first_checksum = static_cast<std::uint64_t>(number("first_checksum"));
    progress.next_offset = number("next_offset");
    core::Counters& counters = progress.counters;
    counters.messages = number("messages");
    counters.orders = number("orders");
    counters.items = number("items");
    counters.wrong_totals = number("wrong_totals");
    counters.duplicates = number("duplicates");
    const auto rejects = store::cassandra::counts_of(value_at(columns, table.column("rejects_by_reason")));
    for (const auto& [name, count] : rejects.value())
      for (int i = 0; i < core::kRejectReasonCount; ++i)
        if (name == core::name_of(static_cast<core::RejectReason>(i)))
          counters.rejects[static_cast<std::size_t>(i)] = count;
  });
  return found;
}

void StoreView::each_reject(const std::function<void(const KeptReject&)>& each) {
  const Keyspace& keyspace = store_.parts.keyspace;
  const TableId id = keyspace.table_id("salestream_rejects");
  const Table& table = keyspace.table(id);
  store_.rows.each_visible(id, a_, b_, [&](const auto& partition, const auto& place, const Row& row) {
    if (integer_of(value_at(partition.key, 1)) != number_) return;
    const std::string_view columns = store_.cluster.columns(row);
    each({integer_of(value_at(partition.key, 2)).value(), bigint_of(value_at(place.clustering, 0)).value(),
          std::string(value_at(columns, table.column("reason"))),
          std::string(value_at(columns, table.column("message")))});
  });
}

}  // namespace salestream::simulation
