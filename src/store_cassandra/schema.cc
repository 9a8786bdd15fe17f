// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/schema.h"

#include <algorithm>
#include <set>

#include "base/logging.h"
#include "store/sql_text.h"
#include "store_cassandra/cassandra.h"
#include "store_cassandra/key_columns.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::size_t kMaxNameBytes = 48;  // Cassandra's limit for keyspaces and tables

std::string text_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string type_of(core::Measure measure) { return measure == core::Measure::kOrders ? "bigint" : "decimal"; }

std::string by_text(const core::TotalsTable& table) {
  std::vector<std::string> names;
  for (const core::Dimension dimension : table.by) names.emplace_back(core::name_of(dimension));
  return joined(names, " and ");
}

// The parts of a primary key in the order in which they make it.
std::vector<std::string> key_names(const TableShape& shape, ColumnRole role) {
  std::vector<const ColumnShape*> columns;
  for (const ColumnShape& column : shape.columns)
    if (column.role == role) columns.push_back(&column);
  std::sort(columns.begin(), columns.end(), [](const auto* a, const auto* b) { return a->position < b->position; });
  std::vector<std::string> names;
  for (const ColumnShape* column : columns) names.push_back(quoted_name(column->name));
  return names;
}

std::string described(const ColumnShape& column) {
  const std::string name = base::printable(column.name, 100) + " " + column.type;
  switch (column.role) {
    case ColumnRole::kPartitionKey: return name + " (partition key " + std::to_string(column.position + 1) + ")";
    case ColumnRole::kClustering: return name + " (clustering key " + std::to_string(column.position + 1) + ")";
    case ColumnRole::kStatic: return name + " (static)";
    case ColumnRole::kRegular: break;
  }
  return name;
}

std::vector<std::string> described_columns(const TableShape& shape) {
  std::vector<ColumnShape> columns = shape.columns;
  std::sort(columns.begin(), columns.end(), [](const ColumnShape& a, const ColumnShape& b) {
    if (a.role != b.role) return a.role < b.role;
    return a.position != b.position ? a.position < b.position : a.name < b.name;
  });
  std::vector<std::string> texts;
  for (const ColumnShape& column : columns) texts.push_back(described(column));
  return texts;
}

std::vector<std::string> quoted_names(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(quoted_name(name));
  return quoted;
}

bool is_word(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

base::Status check_word(std::string_view name, const std::string& what, std::size_t most_bytes) {
  const std::string shown = base::printable(name, 100);
  if (!is_word(name))
    return base::usage_error("pipeline file: " + what + " is called '" + shown +
                             "', and Cassandra takes only letters a to z, digits and _ there");
  if (name.size() > most_bytes)
    return base::usage_error("pipeline file: the name of " + what + ", " + shown + ", has " +
                             std::to_string(name.size()) + " characters, and Cassandra takes at most " +
                             std::to_string(most_bytes) + " there");
  return {};
}

base::Status check_columns(const core::TotalsTable& table) {
  std::set<std::string> names;
  for (const core::Column& column : table.columns) {
    const std::string shown = base::printable(column.name, 100);
    if (column.name.empty() || column.name.find('\0') != std::string::npos)
      return base::usage_error("pipeline file: the totals table " + table.name + " has a column called '" + shown +
                               "', which Cassandra cannot have");
    if (!names.insert(column.name).second)
      return base::usage_error("pipeline file: the totals table " + table.name + " has two columns called " + shown +
                               ": choose another name");
  }
  static constexpr const char* kOurs[] = {"generation", "partition", "revenue", "units", "orders", "through"};
  for (const std::string& column : dimension_columns(table))
    if (std::find(std::begin(kOurs), std::end(kOurs), column) != std::end(kOurs))
      return base::usage_error("pipeline file: the totals table " + table.name + " calls a column of its key " +
                               column + ", a name that its table of cells needs: choose another name");
  return {};
}

}  // namespace

std::string quoted_name(std::string_view name) {
  // The reserved words of CQL 3.4.
  static const std::set<std::string_view> kReserved = {
      "add",    "allow",    "alter",        "and",     "apply",       "asc",      "authorize", "batch",
      "begin",  "by",       "columnfamily", "create",  "default",     "delete",   "desc",      "describe",
      "drop",   "entries",  "execute",      "from",    "full",        "grant",    "if",        "in",
      "index",  "infinity", "insert",       "into",    "is",          "keyspace", "limit",     "materialized",
      "mbean",  "mbeans",   "modify",       "nan",     "norecursive", "not",      "null",      "of",
      "on",     "or",       "order",        "primary", "rename",      "replace",  "revoke",    "schema",
      "select", "set",      "table",        "to",      "token",       "truncate", "unlogged",  "unset",
      "update", "use",      "using",        "view",    "where",       "with"};
  const bool is_bare = !name.empty() && !(name[0] >= '0' && name[0] <= '9') && name[0] != '_' &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (is_bare && kReserved.count(name) == 0) return std::string(name);
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string qualified_name(std::string_view keyspace, std::string_view table) {
  return quoted_name(keyspace) + "." + quoted_name(table);
}

std::string TableShape::cql(std::string_view keyspace) const {
  std::string text = "CREATE TABLE IF NOT EXISTS " + qualified_name(keyspace, name) + " (\n";
  for (const ColumnShape& column : columns)
    text += "  " + quoted_name(column.name) + " " + column.type +
            (column.role == ColumnRole::kStatic ? " static" : "") + ",\n";
  const std::vector<std::string> partition_key = key_names(*this, ColumnRole::kPartitionKey);
  std::vector<std::string> key = key_names(*this, ColumnRole::kClustering);
  key.insert(key.begin(), key.empty() && partition_key.size() == 1 ? partition_key.front()
                                                                   : "(" + joined(partition_key, ", ") + ")");
  return text + "  PRIMARY KEY (" + joined(key, ", ") + ")\n) WITH comment = " + text_literal(comment);
}

std::string TableShape::description() const { return joined(described_columns(*this), ", "); }

std::string difference(const TableShape& found, const TableShape& wanted) {
  const std::vector<std::string> has = described_columns(found), wants = described_columns(wanted);
  const auto without = [](const std::vector<std::string>& all, const std::vector<std::string>& these) {
    std::vector<std::string> left;
    for (const std::string& each : all)
      if (std::find(these.begin(), these.end(), each) == these.end()) left.push_back(each);
    return left;
  };
  const std::vector<std::string> more = without(has, wants), missing = without(wants, has);
  std::string text;
  if (!more.empty()) text += "it has " + joined(more, ", ");
  if (!missing.empty()) text += (text.empty() ? "" : "; ") + std::string("it should have ") + joined(missing, ", ");
  return text;
}

std::vector<ColumnShape> missing_columns(const TableShape& found, const TableShape& wanted) {
  std::vector<ColumnShape> missing;
  for (const ColumnShape& column : wanted.columns)
    if (std::none_of(found.columns.begin(), found.columns.end(),
                     [&](const ColumnShape& each) { return each.name == column.name; }))
      missing.push_back(column);
  TableShape completed = found;
  completed.columns.insert(completed.columns.end(), missing.begin(), missing.end());
  const bool can_be_added = std::all_of(missing.begin(), missing.end(),
                                        [](const ColumnShape& column) { return column.role == ColumnRole::kRegular; });
  if (!can_be_added || !difference(completed, wanted).empty()) missing.clear();
  return missing;
}

std::string add_columns_cql(std::string_view keyspace, std::string_view table,
                            const std::vector<ColumnShape>& columns) {
  std::vector<std::string> texts;
  for (const ColumnShape& column : columns) texts.push_back(quoted_name(column.name) + " " + column.type);
  return "ALTER TABLE " + qualified_name(keyspace, table) + " ADD (" + joined(texts, ", ") + ")";
}

TableShape pipelines_table() {
  return {
      "salestream_pipeline",
      {{"pipeline", "text", ColumnRole::kPartitionKey, 0},
       {"format_version", "int"},
       {"generation", "int"},
       {"generation_base_us", "bigint"},
       {"definition", "text"},
       {"log", "text"},
       {"is_cleared", "boolean"},
       {"engine", "text"},
       {"spark_queries", "map<text, text>"}},
      "What each pipeline of salestream counts, and since when: generation_base_us is the write timestamp that all of "
      "its rows lie above."};
}

TableShape owned_tables_table() {
  return {"salestream_tables",
          {{"table_name", "text", ColumnRole::kPartitionKey, 0},
           {"pipeline", "text"},
           {"is_made", "boolean"},
           {"table_id", "uuid"}},
          "Which pipeline fills which table; is_made: salestream made it, and a reset may drop it."};
}

TableShape progress_table() {
  return {
      "salestream_progress",
      {{"pipeline", "text", ColumnRole::kPartitionKey, 0},
       {"generation", "int", ColumnRole::kPartitionKey, 1},
       {"partition", "int", ColumnRole::kClustering, 0},
       {"first_offset", "bigint"},
       {"first_checksum", "bigint"},
       {"next_offset", "bigint"},
       {"last_offset", "bigint"},
       {"last_checksum", "bigint"},
       {"last_timestamp_ms", "bigint"},
       {"messages", "bigint"},
       {"orders", "bigint"},
       {"items", "bigint"},
       {"wrong_totals", "bigint"},
       {"duplicates", "bigint"},
       {"window_offset", "bigint"},
       {"rejects_by_reason", "frozen<map<text, bigint>>"}},
      "How far each partition was read, and what was found in it: every message before next_offset is in the tables."};
}

TableShape rejects_table() {
  return {"salestream_rejects",
          {{"pipeline", "text", ColumnRole::kPartitionKey, 0},
           {"generation", "int", ColumnRole::kPartitionKey, 1},
           {"partition", "int", ColumnRole::kPartitionKey, 2},
           {"offsets_from", "bigint", ColumnRole::kPartitionKey, 3},
           {"offset", "bigint", ColumnRole::kClustering, 0},
           {"time", "timestamp"},
           {"reason", "text"},
           {"detail", "text"},
           {"key", "blob"},
           {"message", "blob"},
           {"log", "text"}},
          "Messages that could not be counted, whole, with the reason; offsets_from is the offset rounded down to a "
          "multiple of 1000."};
}

TableShape resends_table() {
  return {"salestream_resends",
          {{"pipeline", "text", ColumnRole::kPartitionKey, 0},
           {"id", "text", ColumnRole::kClustering, 0},
           {"state", "text"},
           {"log", "text"},
           {"ends", "text"},
           {"messages", "bigint"},
           {"begun", "timestamp"},
           {"settled", "timestamp"}},
          "What was sent to the log again of salestream_rejects; ends: where its partitions ended before that."};
}

TableShape resend_marks_table() {
  return {"salestream_resent",
          {{"pipeline", "text", ColumnRole::kPartitionKey, 0},
           {"partition", "int", ColumnRole::kPartitionKey, 1},
           {"offsets_from", "bigint", ColumnRole::kPartitionKey, 2},
           {"offset", "bigint", ColumnRole::kClustering, 0},
           {"resend", "text", ColumnRole::kClustering, 1},
           {"checksum", "bigint"}},
          "Which rejects were in which of salestream_resends; checksum: of the message that was rejected."};
}

std::vector<TableShape> shared_tables() {
  return {pipelines_table(), owned_tables_table(), progress_table(),
          rejects_table(),   resends_table(),      resend_marks_table()};
}

bool is_optional_table(const TableShape& shape) {
  return shape.name == resends_table().name || shape.name == resend_marks_table().name;
}

TableShape totals_table(const core::TotalsTable& table) {
  const std::vector<std::string> key = dimension_columns(table);
  TableShape shape{table.name,
                   {},
                   "Totals by " + by_text(table) + ", the sums of " + cells_name(table) +
                       ", filled by salestream. Rows written by hand: see docs/cassandra.md."};
  for (const core::Column& column : table.columns) {
    ColumnShape made{column.name, "", ColumnRole::kRegular, 0};
    if (const auto* measure = std::get_if<core::Measure>(&column.shows)) {
      made.type = type_of(*measure);
    } else {
      made.type = key_type(std::get<core::Dimension>(column.shows));
      const auto place = static_cast<int>(std::find(key.begin(), key.end(), column.name) - key.begin());
      made.role = place == 0 ? ColumnRole::kPartitionKey : ColumnRole::kClustering;
      made.position = std::max(place - 1, 0);
    }
    shape.columns.push_back(made);
  }
  return shape;
}

TableShape cells_table(const core::TotalsTable& table) {
  const std::vector<std::string> key = dimension_columns(table);
  TableShape shape{cells_name(table),
                   {},
                   "The parts of the rows of " + table.name +
                       ", one from each partition; through is the offset of the last message in it."};
  for (std::size_t i = 0; i < key.size(); ++i)
    shape.columns.push_back({key[i], key_type(table.by[i]),
                             i == 0 ? ColumnRole::kPartitionKey : ColumnRole::kClustering,
                             i == 0 ? 0 : static_cast<int>(i) - 1});
  shape.columns.push_back({"generation", "int", ColumnRole::kPartitionKey, 1});
  shape.columns.push_back({"partition", "int", ColumnRole::kClustering, static_cast<int>(key.size()) - 1});
  for (const auto& [name, type] :
       {std::pair{"revenue", "decimal"}, {"units", "decimal"}, {"orders", "bigint"}, {"through", "bigint"}})
    shape.columns.push_back({name, type});
  return shape;
}

std::string keyspace_cql(const CassandraOptions& options) {
  const CassandraReplication& replication = options.replication;
  std::string map = "'class': " + text_literal(replication.strategy);
  for (const auto& [datacenter, factor] : replication.datacenters)
    map += ", " + text_literal(datacenter) + ": " + std::to_string(factor);
  if (replication.datacenters.empty()) map += ", 'replication_factor': " + std::to_string(replication.factor);
  return "CREATE KEYSPACE IF NOT EXISTS " + quoted_name(options.keyspace) + " WITH replication = {" + map + "}";
}

base::Status check_names(const CassandraOptions& options, const core::Definition& definition) {
  SALESTREAM_TRY(check_word(options.keyspace, "the keyspace", kMaxNameBytes));
  std::set<std::string> tables;
  for (const core::TotalsTable& table : definition.totals) {
    SALESTREAM_TRY(check_word(table.name, "a totals table", kMaxNameBytes - kCellsEnding.size()));
    if (table.name.starts_with("salestream_"))
      return base::usage_error("pipeline file: a totals table cannot be called " + table.name +
                               ": names that begin with salestream_ are taken");
    for (const std::string& taken : {table.name, cells_name(table)})
      if (!tables.insert(taken).second)
        return base::usage_error("pipeline file: the totals table " + table.name + " needs two tables, it and " +
                                 cells_name(table) + ", and another table has the name " + taken +
                                 " already: choose another name");
    SALESTREAM_TRY(check_columns(table));
  }
  return {};
}

TableCql table_cql(std::string_view keyspace, const core::TotalsTable& table) {
  const std::vector<std::string> dimensions = quoted_names(dimension_columns(table));
  const std::string totals = qualified_name(keyspace, table.name), cells = qualified_name(keyspace, cells_name(table));
  const std::string key = joined(dimensions, ", "), key_is = equalities(dimensions);
  const std::string measured = "partition, revenue, units, orders, through";
  TableCql cql;
  cql.write_cell = "INSERT INTO " + cells + " (" + key + ", generation, " + measured + ") VALUES (" +
                   placeholders(dimensions.size() + 6) + ") USING TIMESTAMP ?";
  const auto by_key = [&](const std::string& where) {
    TableCql::ByKey read{"SELECT " + measured + " FROM " + cells + where + key_is, {}};
    if (dimensions.size() == 1)
      read.many = "SELECT " + key + ", " + measured + " FROM " + cells + where + key + " IN ?";
    return read;
  };
  cql.read_cells = by_key(" WHERE generation = ? AND ");
  cql.read_partition_cell = by_key(" WHERE generation = ? AND partition = ? AND ");

  std::vector<std::string> measures, timestamps;
  for (const core::Column& column : table.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (measure == nullptr) continue;
    measures.push_back(quoted_name(column.name));
    timestamps.push_back("WRITETIME(" + quoted_name(column.name) + ")");
    cql.measures.push_back(*measure);
  }
  const std::string all = key + ", " + joined(measures, ", ");
  cql.write_totals = "INSERT INTO " + totals + " (" + all + ") VALUES (" +
                     placeholders(dimensions.size() + measures.size()) + ") USING TIMESTAMP ?";
  cql.delete_totals = "DELETE FROM " + totals + " USING TIMESTAMP ? WHERE " + key_is;
  cql.scan_totals = "SELECT " + all + ", " + joined(timestamps, ", ") + " FROM " + totals;
  cql.scan_cells = "SELECT " + key + ", generation, " + measured + " FROM " + cells;
  cql.read_totals_row = cql.scan_totals + " WHERE " + key_is;
  cql.scan_cell_keys = "SELECT DISTINCT " + dimensions.front() + ", generation FROM " + cells;
  cql.delete_cells =
      "DELETE FROM " + cells + " USING TIMESTAMP ? WHERE " + dimensions.front() + " = ? AND generation = ?";
  return cql;
}

SharedCql shared_cql(std::string_view keyspace) {
  const std::string pipelines = qualified_name(keyspace, pipelines_table().name);
  const std::string owned = qualified_name(keyspace, owned_tables_table().name);
  const std::string progress = qualified_name(keyspace, progress_table().name);
  const std::string rejects = qualified_name(keyspace, rejects_table().name);
  const std::string of_progress =
      "partition, first_offset, first_checksum, next_offset, last_offset, last_checksum, last_timestamp_ms, messages, "
      "orders, items, wrong_totals, duplicates, window_offset, rejects_by_reason";
  const std::string these_rejects = " WHERE pipeline = ? AND generation = ? AND partition = ? AND offsets_from = ?";
  SharedCql cql;
  cql.read_pipeline =
      "SELECT format_version, generation, generation_base_us, definition, log, is_cleared, "
      "WRITETIME(generation), engine FROM " +
      pipelines + " WHERE pipeline = ?";
  cql.insert_pipeline =
      "INSERT INTO " + pipelines +
      " (pipeline, format_version, generation, generation_base_us, definition, log, is_cleared, engine) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS";
  cql.renew_pipeline = "UPDATE " + pipelines +
                       " SET format_version = ?, generation = ?, generation_base_us = ?, definition = ?, log = ?, "
                       "is_cleared = ?, engine = ?, spark_queries = {} WHERE pipeline = ? IF generation = ?";
  cql.set_cleared = "UPDATE " + pipelines + " SET is_cleared = true WHERE pipeline = ? IF generation = ?";
  cql.read_generation = "SELECT generation, generation_base_us FROM " + pipelines + " WHERE pipeline = ?";
  cql.scan_owned = "SELECT table_name, pipeline, is_made, table_id FROM " + owned;
  cql.read_owned = cql.scan_owned + " WHERE table_name = ?";
  cql.claim_table =
      "INSERT INTO " + owned + " (table_name, pipeline, is_made, table_id) VALUES (?, ?, ?, ?) IF NOT EXISTS";
  cql.update_claim = "UPDATE " + owned + " SET is_made = ?, table_id = ? WHERE table_name = ? IF pipeline = ?";
  cql.release_table = "DELETE FROM " + owned + " WHERE table_name = ? IF pipeline = ?";
  cql.write_progress = "INSERT INTO " + progress + " (pipeline, generation, " + of_progress + ") VALUES (" +
                       placeholders(16) + ") USING TIMESTAMP ?";
  cql.read_progress = "SELECT " + of_progress + " FROM " + progress + " WHERE pipeline = ? AND generation = ?";
  cql.scan_progress_keys = "SELECT DISTINCT pipeline, generation FROM " + progress;
  cql.delete_progress = "DELETE FROM " + progress + " USING TIMESTAMP ? WHERE pipeline = ? AND generation = ?";
  cql.write_reject =
      "INSERT INTO " + rejects +
      " (pipeline, generation, partition, offsets_from, offset, time, reason, detail, key, message, log) "
      "VALUES (" +
      placeholders(11) + ") USING TIMESTAMP ?";
  cql.scan_reject_keys = "SELECT DISTINCT pipeline, generation, partition, offsets_from FROM " + rejects;
  cql.list_rejects = "SELECT offset, time FROM " + rejects + these_rejects;
  cql.read_reject = "SELECT time, reason, detail, key, message FROM " + rejects + these_rejects + " AND offset = ?";
  cql.delete_rejects = "DELETE FROM " + rejects + " USING TIMESTAMP ?" + these_rejects;
  const std::string resends = qualified_name(keyspace, resends_table().name);
  const std::string marks = qualified_name(keyspace, resend_marks_table().name);
  const std::string of_resend = "id, state, log, ends, messages, begun, settled";
  cql.write_resend =
      "INSERT INTO " + resends + " (pipeline, " + of_resend + ") VALUES (" + placeholders(8) + ") USING TIMESTAMP ?";
  cql.settle_resend =
      "UPDATE " + resends + " USING TIMESTAMP ? SET state = ?, settled = ? WHERE pipeline = ? AND id = ?";
  cql.read_resends = "SELECT " + of_resend + " FROM " + resends + " WHERE pipeline = ?";
  cql.write_resend_mark = "INSERT INTO " + marks +
                          " (pipeline, partition, offsets_from, offset, resend, checksum) VALUES (" + placeholders(6) +
                          ") USING TIMESTAMP ?";
  cql.read_resend_marks = "SELECT resend, checksum FROM " + marks +
                          " WHERE pipeline = ? AND partition = ? AND offsets_from = ? AND offset = ?";
  return cql;
}

}  // namespace salestream::store::cassandra

namespace salestream::store {

base::Result<std::vector<std::string>> cassandra_schema(const CassandraOptions& options,
                                                        const core::Definition& definition) {
  SALESTREAM_TRY(cassandra::check_names(options, definition));
  std::vector<std::string> statements;
  if (options.create_keyspace) statements.push_back(cassandra::keyspace_cql(options));
  std::vector<cassandra::TableShape> shapes = cassandra::shared_tables();
  for (const core::TotalsTable& table : definition.totals) {
    shapes.push_back(cassandra::totals_table(table));
    shapes.push_back(cassandra::cells_table(table));
  }
  for (const cassandra::TableShape& shape : shapes) statements.push_back(shape.cql(options.keyspace));
  return statements;
}

}  // namespace salestream::store
