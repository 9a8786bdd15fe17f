// SPDX-License-Identifier: Apache-2.0
#include "results/snapshot.h"

namespace salestream::results {

core::Counters sum_of(const std::vector<core::PartitionProgress>& progress) {
  core::Counters sum;
  for (const core::PartitionProgress& partition : progress) sum += partition.counters;
  return sum;
}

base::Result<SnapshotReader> SnapshotReader::open(const core::Definition& definition, store::Store& store) {
  SALESTREAM_ASSIGN(auto session, store.session());
  return SnapshotReader(definition, std::move(session));
}

base::Result<ShownTable> SnapshotReader::read_table(store::TableIndex table, store::PageLimit limit) {
  SALESTREAM_ASSIGN(const store::TotalsPage page, session_->read_totals(table, limit));
  const core::TotalsTable& definition = definition_->totals[table];
  return ShownTable{definition.name, make_table(definition, page.rows), page.all_rows};
}

base::Result<Snapshot> SnapshotReader::read(store::PageLimit limit) {
  Snapshot snapshot;
  SALESTREAM_ASSIGN(snapshot.progress, session_->read_progress());
  snapshot.counters = sum_of(snapshot.progress);
  for (store::TableIndex table = 0; table < definition_->totals.size(); ++table) {
    SALESTREAM_ASSIGN(ShownTable shown, read_table(table, limit));
    snapshot.tables.push_back(std::move(shown));
  }
  return snapshot;
}

}  // namespace salestream::results
