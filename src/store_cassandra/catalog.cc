// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/catalog.h"

#include "base/logging.h"

namespace salestream::store::cassandra {
namespace {

// `each` reads the values of one row.
template <typename Each>
base::Status of_keyspace(Client& client, const char* cql, const std::string& keyspace, const Each& each) {
  SALESTREAM_ASSIGN(const Statement statement, client.prepare(cql));
  BoundRows row;
  row.text(keyspace).end_row();
  return client.scan(statement, row, [&](const Answer& page) -> base::Status {
    for (ValueReader reader(page.values); !reader.at_end();) each(reader);
    return {};
  });
}

std::string next_text(ValueReader& reader) { return std::string(reader.next().value_or("")); }

ColumnRole role_of(const std::string& kind) {
  if (kind == "partition_key") return ColumnRole::kPartitionKey;
  if (kind == "clustering") return ColumnRole::kClustering;
  return kind == "static" ? ColumnRole::kStatic : ColumnRole::kRegular;
}

}  // namespace

base::Result<Catalog> read_catalog(Client& client, const std::string& keyspace) {
  Catalog catalog;
  // A node that has just come back may not know of a table yet, and one that is made twice loses the rows of one of
  // them.
  SALESTREAM_TRY(client.await_one_schema());
  SALESTREAM_TRY(of_keyspace(client, "SELECT durable_writes FROM system_schema.keyspaces WHERE keyspace_name = ?",
                             keyspace, [&](ValueReader& row) {
                               catalog.is_durable = boolean_of(row.next().value_or("")).value_or(true);
                               catalog.has_keyspace = true;
                             }));
  if (!catalog.is_durable)
    return client.failure(
        "its keyspace has durable_writes = false, so what it acknowledges may be lost. Nothing was changed: "
        "ALTER KEYSPACE " +
        keyspace + " WITH durable_writes = true");
  SALESTREAM_TRY(of_keyspace(
      client,
      "SELECT table_name, id, default_time_to_live, read_repair FROM system_schema.tables WHERE keyspace_name = ?",
      keyspace, [&](ValueReader& row) {
        const std::string name = next_text(row);
        StoredTable& table = catalog.tables[name];
        table.shape.name = name;
        table.id = next_text(row);
        table.forgets_rows = integer_of(row.next().value_or("")).value_or(0) != 0;
        table.repairs_reads = row.next().value_or("BLOCKING") == "BLOCKING";
      }));
  SALESTREAM_TRY(of_keyspace(client, "SELECT view_name FROM system_schema.views WHERE keyspace_name = ?", keyspace,
                             [&](ValueReader& row) { catalog.tables[next_text(row)].is_view = true; }));
  SALESTREAM_TRY(of_keyspace(
      client, "SELECT table_name, column_name, type, kind, position FROM system_schema.columns WHERE keyspace_name = ?",
      keyspace, [&](ValueReader& row) {
        TableShape& shape = catalog.tables[next_text(row)].shape;
        ColumnShape column;
        column.name = next_text(row);
        column.type = next_text(row);
        column.role = role_of(next_text(row));
        const std::int32_t position = integer_of(row.next().value_or("")).value_or(0);
        column.position =
            column.role == ColumnRole::kPartitionKey || column.role == ColumnRole::kClustering ? position : 0;
        shape.columns.push_back(column);
      }));
  return catalog;
}

void warn_of_forgetting(Client& client, const std::string& keyspace) {
  std::string copies, sync;
  const base::Status copies_known = of_keyspace(
      client, "SELECT replication['replication_factor'] FROM system_schema.keyspaces WHERE keyspace_name = ?", keyspace,
      [&](ValueReader& row) { copies = next_text(row); });
  if (!copies_known.ok() || copies != "1") return;
  const base::Status sync_known = of_keyspace(client, "SELECT value FROM system_views.settings WHERE name = ?",
                                              "commitlog_sync", [&](ValueReader& row) { sync = next_text(row); });
  if (!sync_known.ok() || sync != "periodic") return;
  base::log_warning(
      "cassandra " + client.name() + ": keyspace " + keyspace +
      " has one copy of each row, and the node that "
      "has it acknowledges before it writes to its disk (commitlog_sync: periodic): should it be killed, totals "
      "may lack what was counted in the last moments. For more than a trial use three copies, or "
      "commitlog_sync: batch in cassandra.yaml (docs/cassandra.md, Consistency)");
}

base::Status check_table(const Client& client, const StoredTable& stored, const TableShape& wanted) {
  const std::string name = "its table " + base::printable(wanted.name, 100);
  if (stored.is_view)
    return client.failure(name +
                          " is a materialized view, which cannot be written. Nothing was changed: choose another "
                          "name or another keyspace");
  if (const std::string what = difference(stored.shape, wanted); !what.empty())
    return client.failure(name + " has another shape: " + what +
                          ". Nothing was changed: rename it in the pipeline file, drop that table, or choose another "
                          "keyspace");
  if (stored.forgets_rows)
    return client.failure(name +
                          " forgets its rows after a time (default_time_to_live), and totals must stay. Nothing "
                          "was changed: ALTER TABLE … WITH default_time_to_live = 0");
  // What one reader has seen of a write that timed out, no later reader may miss: docs/exactly-once.md, rule 7.
  if (!stored.repairs_reads)
    return client.failure(name +
                          " doesn't repair what differs between copies when it is read, and a total could miss "
                          "orders. Nothing was changed: ALTER TABLE … WITH read_repair = 'BLOCKING'");
  return {};
}

}  // namespace salestream::store::cassandra
