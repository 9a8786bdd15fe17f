// SPDX-License-Identifier: Apache-2.0
// What the tables of a Cassandra store look like, and the CQL that makes them, as docs/cassandra.md shows them to
// people. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "store/options.h"
#include "store_cassandra/columns.h"

namespace salestream::store::cassandra {

// Raised whenever a program of before could misread what stands in the tables.
inline constexpr int kFormatVersion = 1;

struct TableShape {
  std::string name;
  std::vector<ColumnShape> columns;
  std::string comment;

  // The CREATE TABLE statement, as it stands in docs/cassandra.md.
  std::string cql(std::string_view keyspace) const;
  // "product_name text (partition key), total_sales decimal": the same for tables of the same shape, whatever the order
  // of their columns.
  std::string description() const;
};

// What two shapes differ in, for people; empty when they don't.
std::string difference(const TableShape& found, const TableShape& wanted);

// What `found`, made by an earlier salestream, has to get to be `wanted`; empty when it is, or when columns that can be
// added are not all that it lacks.
std::vector<ColumnShape> missing_columns(const TableShape& found, const TableShape& wanted);
std::string add_columns_cql(std::string_view keyspace, std::string_view table, const std::vector<ColumnShape>& columns);

// The tables that pipelines share. Those that hold much are keyed by pipeline and generation.
TableShape pipelines_table();
TableShape owned_tables_table();
TableShape progress_table();
TableShape rejects_table();
TableShape resends_table();
TableShape resend_marks_table();
std::vector<TableShape> shared_tables();  // all of them

// Whether a keyspace that an earlier salestream made may be without it: looking at totals needs it not.
bool is_optional_table(const TableShape& shape);

TableShape totals_table(const core::TotalsTable& table);
TableShape cells_table(const core::TotalsTable& table);

std::string keyspace_cql(const CassandraOptions& options);

// A usage error when Cassandra can't have these names, or they can't stand beside each other or beside ours.
base::Status check_names(const CassandraOptions& options, const core::Definition& definition);

std::string qualified_name(std::string_view keyspace, std::string_view table);

}  // namespace salestream::store::cassandra
