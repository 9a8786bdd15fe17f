// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/schema.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/logging.h"
#include "store/sql_text.h"
#include "store_cassandra/cassandra.h"
#include "store_cassandra/key_columns.h"

namespace salestream::store::cassandra {
namespace {

std::string text_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string by_text(const core::TotalsTable& table) { return joined(dimension_columns(table), " and "); }

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

template <typename From, typename Into>
TableShape shape_of(std::string name, const Columns<From, Into>& columns, std::string comment) {
  TableShape shape{std::move(name), columns.shapes(), std::move(comment)};
  int partition_keys = 0, clusterings = 0;
  for (ColumnShape& column : shape.columns) {
    if (column.role == ColumnRole::kPartitionKey) column.position = partition_keys++;
    if (column.role == ColumnRole::kClustering) column.position = clusterings++;
  }
  return shape;
}

// A column of the key that stands at this place in `by`: the first is the partition key of totals.
ColumnShape key_column(const std::string& name, core::Dimension dimension, std::size_t place) {
  if (place == 0) return {name, key_type(dimension), ColumnRole::kPartitionKey, 0};
  return {name, key_type(dimension), ColumnRole::kClustering, static_cast<int>(place) - 1};
}

}  // namespace

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
  return shape_of("salestream_pipeline", pipeline_columns().all,
                  "What each pipeline of salestream counts, and since when: generation_base_us is the write timestamp "
                  "that all of its rows lie above.");
}

TableShape owned_tables_table() {
  return shape_of("salestream_tables", owned_table_columns().all,
                  "Which pipeline fills which table; is_made: salestream made it, and a reset may drop it.");
}

TableShape progress_table() {
  return shape_of("salestream_progress", progress_columns().all,
                  "How far each partition was read, and what was found in it: every message before next_offset is in "
                  "the tables.");
}

TableShape rejects_table() {
  return shape_of("salestream_rejects", reject_columns().all,
                  "Messages that could not be counted, whole, with the reason; offsets_from is the offset rounded down "
                  "to a multiple of 1000.");
}

TableShape resends_table() {
  return shape_of("salestream_resends", resend_columns().all,
                  "What of salestream_rejects was sent to its topic again; ends: where its partitions ended before.");
}

TableShape resend_marks_table() {
  return shape_of("salestream_resent", resend_mark_columns().all,
                  "Which rejects were in which of salestream_resends; checksum: of the message that was rejected.");
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
  const std::vector<ColumnShape> measures = measure_columns(table).shapes();
  auto measure = measures.begin();
  for (const core::Column& column : table.columns) {
    const auto* dimension = std::get_if<core::Dimension>(&column.shows);
    const auto place = static_cast<std::size_t>(std::find(key.begin(), key.end(), column.name) - key.begin());
    shape.columns.push_back(dimension == nullptr ? *measure++ : key_column(column.name, *dimension, place));
  }
  return shape;
}

TableShape cells_table(const core::TotalsTable& table) {
  TableShape shape{cells_name(table),
                   {},
                   "The parts of the rows of " + table.name +
                       ", one from each partition; through is the offset of the last message in it."};
  const std::vector<std::string> key = dimension_columns(table);
  for (std::size_t i = 0; i < key.size(); ++i) shape.columns.push_back(key_column(key[i], table.by[i], i));
  for (ColumnShape column : cell_columns().all.shapes()) {
    if (column.role == ColumnRole::kPartitionKey) column.position = 1;
    if (column.role == ColumnRole::kClustering) column.position = static_cast<int>(key.size()) - 1;
    shape.columns.push_back(column);
  }
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
