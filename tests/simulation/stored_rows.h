// SPDX-License-Identifier: Apache-2.0
// Which rows a schedule's cluster has, by table, partition and clustering key, and what of each is in the cluster: rows
// get their place there when they are first named. Partitions here are Cassandra's. One thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster.h"
#include "keyspace.h"

namespace salestream::simulation {

class StoredRows {
 public:
  struct RowPlace {
    std::string clustering;
    RowId id;
  };
  struct Partition {
    std::string key;
    std::optional<RowId> deletion;  // where its own tombstone stands, once it was deleted
    std::vector<RowPlace> rows;
  };

  StoredRows(const Keyspace& keyspace, Cluster& cluster) : cluster_(cluster), tables_(keyspace.tables()) {}

  // Found, or made. They stay where they are.
  Partition& partition(TableId table, std::string_view key);
  RowPlace& row(Partition& partition, std::string_view clustering);
  RowId deletion(Partition& partition);
  const std::vector<Partition*>& of_table(TableId table) const { return tables_[table]; }

  // Whether a row is there, given the tombstone of its partition.
  static bool is_visible(const Row& row, const Row& deletion) {
    return row.exists() && row.timestamp_us > deletion.timestamp_us;
  }

  // What lightweight transactions have agreed on, row by row, whether or not any replica knows.
  std::map<RowId, Row> decided;
  store::TimestampUs last_ballot_us = 0;

  // Past everything: what two replicas have together.
  using Each = std::function<void(const Partition&, const RowPlace&, const Row&)>;
  void each_visible(TableId table, int replica_a, int replica_b, const Each& each);

 private:
  Cluster& cluster_;
  std::deque<Partition> partitions_;
  std::vector<std::vector<Partition*>> tables_;
};

}  // namespace salestream::simulation
