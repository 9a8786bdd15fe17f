// SPDX-License-Identifier: Apache-2.0
#include "keyspace.h"

#include <algorithm>

#include "base/check.h"
#include "store_cassandra/values.h"

namespace salestream::simulation {
namespace {

using store::cassandra::BoundRows;

std::optional<Place> place_of(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Place>(found - names.begin());
}

// Literals that the adapter uses: true, and an empty map.
std::string encoded_literal(const std::string& literal) {
  BoundRows value;
  if (literal == "true" || literal == "false")
    value.boolean(literal == "true");
  else if (literal == "{}")
    value.null();
  else
    SALESTREAM_CHECK(false);
  return std::string(value.bytes());
}

Plan::Setting setting_of(Place column, const CqlStatement::Term& term) {
  if (term.bound) return {column, static_cast<Place>(*term.bound), {}};
  return {column, {}, encoded_literal(term.literal)};
}

}  // namespace

Place Table::column(std::string_view name) const {
  const auto place = place_of(columns, name);
  SALESTREAM_CHECK(place.has_value());
  return *place;
}

Keyspace::Keyspace(const std::vector<std::string>& create_statements) {
  for (const std::string& text : create_statements) {
    CqlStatement statement = parse_cql(text);
    if (statement.kind == CqlStatement::Kind::kCreateKeyspace) continue;
    SALESTREAM_CHECK(statement.kind == CqlStatement::Kind::kCreateTable);
    Table table{std::move(statement.created), {}};
    for (const CqlTable::Column& column : table.cql.columns)
      if (!place_of(table.cql.partition_key, column.name) && !place_of(table.cql.clustering, column.name))
        table.columns.push_back(column.name);
    tables_.push_back(std::move(table));
  }
}

TableId Keyspace::table_id(std::string_view name) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const Table& t) { return t.cql.name == name; });
  SALESTREAM_CHECK(found != tables_.end());
  return static_cast<TableId>(found - tables_.begin());
}

std::uint32_t Keyspace::prepare(const std::string& cql) {
  const auto found = numbers_.find(cql);
  if (found != numbers_.end()) return found->second;
  plans_.push_back(make_plan(parse_cql(cql)));
  const auto number = static_cast<std::uint32_t>(plans_.size() - 1);
  numbers_.emplace(cql, number);
  return number;
}

Plan Keyspace::make_plan(const CqlStatement& statement) const {
  using Kind = CqlStatement::Kind;
  Plan plan;
  plan.bound = static_cast<Place>(statement.bound);
  if (statement.keyspace == "system_schema") {
    answer_from_schema(statement, plan);
    return plan;
  }
  plan.table = table_id(statement.table);
  const Table& table = tables_[plan.table];
  const bool has_list = std::any_of(statement.where.begin(), statement.where.end(), [](auto& t) { return t.is_list; });
  if (has_list || (statement.kind == Kind::kUpdate && !statement.is_transaction())) return plan;
  plan_keys(statement, statement.kind == Kind::kInsert ? statement.set : statement.where, plan);
  if (statement.is_transaction()) {
    plan_transaction(statement, plan);
  } else if (statement.kind == Kind::kSelect) {
    plan.kind = statement.where.empty() ? Plan::Kind::kScan : Plan::Kind::kRead;
    plan.is_distinct = statement.is_distinct;
    plan_outputs(statement, plan);
  } else {
    // Time is never the cluster's own: what wins is what has more in it.
    SALESTREAM_CHECK(statement.timestamp.has_value());
    plan.timestamp = static_cast<Place>(*statement.timestamp);
    if (statement.kind == Kind::kDelete) {
      plan.kind = plan.has_whole_key ? Plan::Kind::kDeleteRow : Plan::Kind::kDeletePartition;
      SALESTREAM_CHECK(plan.has_whole_key || plan.clustering.empty());
      return plan;
    }
    plan.kind = Plan::Kind::kInsert;
    plan.columns.resize(table.columns.size());
    std::size_t found = 0;
    for (const CqlStatement::Term& term : statement.set)
      if (const auto column = place_of(table.columns, term.name)) {
        plan.columns[*column] = static_cast<Place>(term.bound.value());
        ++found;
      }
    SALESTREAM_CHECK(found == table.columns.size());
    plan.are_columns_in_order = true;
    for (std::size_t i = 1; i < plan.columns.size(); ++i)
      if (plan.columns[i] != plan.columns[i - 1] + 1) plan.are_columns_in_order = false;
  }
  return plan;
}

void Keyspace::plan_keys(const CqlStatement& statement, const std::vector<CqlStatement::Term>& terms,
                         Plan& plan) const {
  const Table& table = tables_[plan.table];
  const auto bound = [&](const std::string& name) -> std::optional<Place> {
    for (const CqlStatement::Term& term : terms)
      if (term.name == name) return static_cast<Place>(term.bound.value());
    return std::nullopt;
  };
  if (statement.kind == CqlStatement::Kind::kSelect && terms.empty()) return;
  for (const std::string& name : table.cql.partition_key) plan.partition_key.push_back(bound(name).value());
  for (const std::string& name : table.cql.clustering) {
    const auto place = bound(name);
    if (!place) break;
    plan.clustering.push_back(*place);
  }
  plan.has_whole_key = plan.clustering.size() == table.cql.clustering.size();
  const bool is_insert = statement.kind == CqlStatement::Kind::kInsert;
  SALESTREAM_CHECK(!is_insert || plan.has_whole_key);
  SALESTREAM_CHECK(is_insert || plan.partition_key.size() + plan.clustering.size() == terms.size());
}

void Keyspace::plan_outputs(const CqlStatement& statement, Plan& plan) const {
  const Table& table = tables_[plan.table];
  std::vector<std::string> key = table.cql.partition_key;
  key.insert(key.end(), table.cql.clustering.begin(), table.cql.clustering.end());
  using Kind = Plan::Output::Kind;
  for (const CqlStatement::Selected& selected : statement.selected) {
    if (selected.is_write_time)
      plan.outputs.push_back({Kind::kWriteTime});
    else if (const auto place = place_of(key, selected.name))
      plan.outputs.push_back({Kind::kKey, *place});
    else
      plan.outputs.push_back({Kind::kColumn, table.column(selected.name)});
  }
  // All columns in their order are one piece of the row.
  const auto is_next = [&](std::size_t begin) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      if (begin + i >= plan.outputs.size() || plan.outputs[begin + i].kind != Kind::kColumn ||
          plan.outputs[begin + i].place != i)
        return false;
    return !table.columns.empty();
  };
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    if (!is_next(i)) continue;
    const auto begin = plan.outputs.begin() + static_cast<std::ptrdiff_t>(i);
    plan.outputs.erase(begin + 1, begin + static_cast<std::ptrdiff_t>(table.columns.size()));
    *begin = {Kind::kAllColumns};
  }
}

void Keyspace::plan_transaction(const CqlStatement& statement, Plan& plan) const {
  const Table& table = tables_[plan.table];
  plan.kind = Plan::Kind::kTransact;
  SALESTREAM_CHECK(plan.has_whole_key);
  plan.deletes = statement.kind == CqlStatement::Kind::kDelete;
  for (const CqlStatement::Term& term : statement.set)
    if (const auto column = place_of(table.columns, term.name)) plan.settings.push_back(setting_of(*column, term));
  for (const CqlStatement::Term& term : statement.conditions)
    plan.conditions.push_back(setting_of(table.column(term.name), term));
}

// What system_schema says of tables that were made as they should be.
void Keyspace::answer_from_schema(const CqlStatement& statement, Plan& plan) const {
  plan.kind = Plan::Kind::kAnswer;
  BoundRows out;
  const auto add = [&](const Table& table, const CqlTable::Column& column) {
    const auto partition_place = place_of(table.cql.partition_key, column.name);
    const auto clustering_place = place_of(table.cql.clustering, column.name);
    for (const CqlStatement::Selected& selected : statement.selected) {
      const std::string& name = selected.name;
      if (name == "durable_writes")
        out.boolean(true);
      else if (name == "table_name")
        out.text(table.cql.name);
      else if (name == "id")
        out.blob(table_uuid(table_id(table.cql.name)));
      else if (name == "default_time_to_live")
        out.integer(0);
      else if (name == "read_repair")
        out.text("BLOCKING");
      else if (name == "column_name")
        out.text(column.name);
      else if (name == "type")
        out.text(column.type);
      else if (name == "kind")
        out.text(partition_place ? "partition_key" : clustering_place ? "clustering" : "regular");
      else if (name == "position")
        out.integer(partition_place ? *partition_place : clustering_place ? *clustering_place : -1);
      else
        SALESTREAM_CHECK(false);
    }
    out.end_row();
  };
  if (statement.table == "keyspaces") {
    add(tables_.front(), {});
  } else if (statement.table == "tables") {
    for (const Table& table : tables_) add(table, {});
  } else if (statement.table == "columns") {
    for (const Table& table : tables_)
      for (const CqlTable::Column& column : table.cql.columns) add(table, column);
  } else {
    SALESTREAM_CHECK(statement.table == "views");
  }
  plan.answer = out.bytes();
  plan.answer_rows = static_cast<std::uint32_t>(out.rows());
}

}  // namespace salestream::simulation
