// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/statements.h"

#include <vector>

#include "store/sql_text.h"
#include "store_cassandra/columns.h"
#include "store_cassandra/schema.h"

namespace salestream::store::cassandra {
namespace {

std::string insert_cql(const std::string& table, const std::string& names, std::size_t count) {
  return "INSERT INTO " + table + " (" + names + ") VALUES (" + placeholders(count) + ")";
}

template <typename From, typename Into>
std::string insert_cql(const std::string& table, const Columns<From, Into>& columns) {
  return insert_cql(table, columns.names(), columns.size());
}

}  // namespace

TableCql table_cql(std::string_view keyspace, const core::TotalsTable& table) {
  std::vector<std::string> dimensions = dimension_columns(table);
  for (std::string& name : dimensions) name = quoted_name(name);
  const std::string totals = qualified_name(keyspace, table.name), cells = qualified_name(keyspace, cells_name(table));
  const std::string key = joined(dimensions, ", "), key_is = equalities(dimensions);
  const CellColumns& of_cell = cell_columns();
  TableCql cql;
  cql.write_cell = insert_cql(cells, key + ", " + of_cell.all.names(), dimensions.size() + of_cell.all.size()) +
                   " USING TIMESTAMP ?";
  const auto by_key = [&](const Columns<CellRow>& where) {
    const std::string from = of_cell.values.names() + " FROM " + cells + " WHERE " + where.conditions() + " AND ";
    TableCql::ByKey read{"SELECT " + from + key_is, {}};
    if (dimensions.size() == 1) read.many = "SELECT " + key + ", " + from + key + " IN ?";
    return read;
  };
  cql.read_cells = by_key(of_cell.generation);
  cql.read_partition_cell = by_key(of_cell.place);
  cql.scan_cells = "SELECT " + key + ", " + of_cell.all.names() + " FROM " + cells;
  cql.scan_cell_keys = "SELECT DISTINCT " + dimensions.front() + ", " + of_cell.generation.names() + " FROM " + cells;
  cql.delete_cells = "DELETE FROM " + cells + " USING TIMESTAMP ? WHERE " + dimensions.front() + " = ? AND " +
                     of_cell.generation.conditions();

  const Columns<core::Measures> measures = measure_columns(table);
  const std::string all = key + ", " + measures.names();
  cql.write_totals = insert_cql(totals, all, dimensions.size() + measures.size()) + " USING TIMESTAMP ?";
  cql.delete_totals = "DELETE FROM " + totals + " USING TIMESTAMP ? WHERE " + key_is;
  cql.scan_totals = "SELECT " + all + ", " + written_columns(table).selected() + " FROM " + totals;
  cql.read_totals_row = cql.scan_totals + " WHERE " + key_is;
  return cql;
}

SharedCql shared_cql(std::string_view keyspace) {
  const std::string pipelines = qualified_name(keyspace, pipelines_table().name);
  const std::string owned = qualified_name(keyspace, owned_tables_table().name);
  const std::string progress = qualified_name(keyspace, progress_table().name);
  const std::string rejects = qualified_name(keyspace, rejects_table().name);
  const std::string resends = qualified_name(keyspace, resends_table().name);
  const std::string marks = qualified_name(keyspace, resend_marks_table().name);
  SharedCql cql;

  const PipelineColumns& of_pipeline = pipeline_columns();
  const std::string this_pipeline = " WHERE " + of_pipeline.key.conditions();
  const std::string if_current = " IF " + of_pipeline.current.conditions();
  cql.read_pipeline = "SELECT " + of_pipeline.read.selected() + " FROM " + pipelines + this_pipeline;
  cql.insert_pipeline = insert_cql(pipelines, of_pipeline.key + of_pipeline.written) + " IF NOT EXISTS";
  cql.renew_pipeline = "UPDATE " + pipelines + " SET " + of_pipeline.written.assignments() + ", spark_queries = {}" +
                       this_pipeline + if_current;
  cql.repair_pipeline = "UPDATE " + pipelines + " SET " + of_pipeline.repaired.assignments() + ", is_cleared = false" +
                        this_pipeline + if_current;
  cql.set_cleared = "UPDATE " + pipelines + " SET is_cleared = true" + this_pipeline + if_current;
  cql.read_generation = "SELECT " + of_pipeline.generation.names() + " FROM " + pipelines + this_pipeline;

  const OwnedTableColumns& of_owned = owned_table_columns();
  const std::string if_ours = " WHERE " + of_owned.key.conditions() + " IF " + of_owned.pipeline.conditions();
  cql.scan_owned = "SELECT " + of_owned.all.names() + " FROM " + owned;
  cql.read_owned = cql.scan_owned + " WHERE " + of_owned.key.conditions();
  cql.claim_table = insert_cql(owned, of_owned.all) + " IF NOT EXISTS";
  cql.update_claim = "UPDATE " + owned + " SET " + of_owned.claim.assignments() + if_ours;
  cql.release_table = "DELETE FROM " + owned + if_ours;

  const ProgressColumns& of_progress = progress_columns();
  const std::string this_generation = " WHERE " + of_progress.key.conditions();
  cql.write_progress = insert_cql(progress, of_progress.all) + " USING TIMESTAMP ?";
  cql.read_progress = "SELECT " + of_progress.values.names() + " FROM " + progress + this_generation;
  cql.scan_progress_keys = "SELECT DISTINCT " + of_progress.key.names() + " FROM " + progress;
  cql.delete_progress = "DELETE FROM " + progress + " USING TIMESTAMP ?" + this_generation;

  const RejectColumns& of_reject = reject_columns();
  const std::string this_bucket = " WHERE " + of_reject.bucket.conditions();
  cql.write_reject = insert_cql(rejects, of_reject.all) + " USING TIMESTAMP ?";
  cql.scan_reject_keys = "SELECT DISTINCT " + of_reject.bucket.names() + " FROM " + rejects;
  cql.list_rejects = "SELECT " + of_reject.listed.names() + " FROM " + rejects + this_bucket;
  cql.read_reject =
      "SELECT " + of_reject.values.names() + " FROM " + rejects + this_bucket + " AND " + of_reject.offset.conditions();
  cql.delete_rejects = "DELETE FROM " + rejects + " USING TIMESTAMP ?" + this_bucket;

  const ResendColumns& of_resend = resend_columns();
  cql.write_resend = insert_cql(resends, of_resend.all) + " USING TIMESTAMP ?";
  cql.settle_resend = "UPDATE " + resends + " USING TIMESTAMP ? SET " + of_resend.outcome.assignments() + " WHERE " +
                      of_resend.key.conditions();
  cql.read_resends = "SELECT " + of_resend.read.names() + " FROM " + resends + " WHERE pipeline = ?";

  const ResendMarkColumns& of_mark = resend_mark_columns();
  cql.write_resend_mark = insert_cql(marks, of_mark.all) + " USING TIMESTAMP ?";
  cql.read_resend_marks =
      "SELECT " + of_mark.values.names() + " FROM " + marks + " WHERE " + of_mark.place.conditions();
  return cql;
}

}  // namespace salestream::store::cassandra
