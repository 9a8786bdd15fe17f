// SPDX-License-Identifier: Apache-2.0
// What a keyspace has as Cassandra itself tells: its tables and their columns. A snapshot of when it was read. Value.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "store_cassandra/client.h"
#include "store_cassandra/schema.h"

namespace salestream::store::cassandra {

struct StoredTable {
  TableShape shape;
  std::string id;             // 16 bytes; another one when the table was dropped and recreated
  bool forgets_rows = false;  // default_time_to_live
  bool repairs_reads = true;  // read_repair
  bool is_view = false;
};

struct Catalog {
  bool has_keyspace = false;
  bool is_durable = true;  // durable_writes
  std::map<std::string, StoredTable> tables;

  const StoredTable* find(const std::string& table) const {
    const auto found = tables.find(table);
    return found == tables.end() ? nullptr : &found->second;
  }
};

base::Result<Catalog> read_catalog(Client& client, const std::string& keyspace);

// Logs a warning when the only copy of the keyspace's rows is on nodes that may forget what they have acknowledged,
// should they be killed. A user that may not read a node's settings gets none.
void warn_of_forgetting(Client& client, const std::string& keyspace);

// Whether a table that is there can be used as `wanted`; the error shows what differs.
base::Status check_table(const Client& client, const StoredTable& stored, const TableShape& wanted);

}  // namespace salestream::store::cassandra
