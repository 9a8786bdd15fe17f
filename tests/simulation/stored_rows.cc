// SPDX-License-Identifier: Apache-2.0
#include "stored_rows.h"

namespace salestream::simulation {

// There are some ten in a table: looking at each is the quickest way.
StoredRows::Partition& StoredRows::partition(TableId table, std::string_view key) {
  for (Partition* const each : tables_[table])
    if (each->key == key) return *each;
  partitions_.push_back({std::string(key), {}, {}});
  tables_[table].push_back(&partitions_.back());
  return partitions_.back();
}

StoredRows::RowPlace& StoredRows::row(Partition& partition, std::string_view clustering) {
  for (RowPlace& each : partition.rows)
    if (each.clustering == clustering) return each;
  partition.rows.push_back({std::string(clustering), cluster_.add_row()});
  return partition.rows.back();
}

RowId StoredRows::deletion(Partition& partition) {
  if (!partition.deletion) partition.deletion = cluster_.add_row();
  return *partition.deletion;
}

void StoredRows::each_visible(TableId table, int replica_a, int replica_b, const Each& each) {
  for (const Partition* const partition : tables_[table]) {
    const Row deletion = partition->deletion ? cluster_.merged(*partition->deletion, replica_a, replica_b) : Row{};
    for (const RowPlace& place : partition->rows)
      if (const Row row = cluster_.merged(place.id, replica_a, replica_b); is_visible(row, deletion))
        each(*partition, place, row);
  }
}

}  // namespace salestream::simulation
