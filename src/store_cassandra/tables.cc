// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/tables.h"

#include <algorithm>
#include <utility>

#include "store_cassandra/rows.h"

namespace salestream::store::cassandra {

Tables::Tables(Client& client, const CassandraOptions& options, const Identity& identity, const IdentityCheck& check,
               const SharedCql& cql)
    : client_(client), options_(options), pipeline_(identity.definition.pipeline), check_(check), cql_(cql) {
  for (const core::TotalsTable& table : identity.definition.totals) {
    own_shapes_.push_back(totals_table(table));
    own_shapes_.push_back(cells_table(table));
  }
}

base::Result<bool> Tables::are_any() {
  SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
  const std::vector<TableShape> shared = shared_tables();
  return has_cells() || std::any_of(shared.begin(), shared.end(),
                                    [&](const TableShape& shape) { return catalog_.find(shape.name) != nullptr; });
}

// Those of cells stand behind those of totals, and only salestream makes them.
bool Tables::has_cells() const {
  for (std::size_t i = 1; i < own_shapes_.size(); i += 2)
    if (catalog_.find(own_shapes_[i].name) != nullptr) return true;
  return false;
}

base::Result<bool> Tables::find() {
  SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
  for (const TableShape& shape : shared_tables()) {
    const StoredTable* table = catalog_.find(shape.name);
    if (table == nullptr && is_optional_table(shape)) continue;
    if (table == nullptr) return false;
    if (!missing_columns(table->shape, shape).empty())
      return client_.failure("its table " + shape.name + " is as an earlier salestream made it, and lacks columns: " +
                             "`salestream init PIPELINE` adds them, and so does `salestream run`");
    SALESTREAM_TRY(check_table(client_, *table, shape));
  }
  SALESTREAM_TRY(read_owners());
  return true;
}

// Never tried again by itself: to ask again while a cluster still works on it makes two of one table.
base::Status Tables::change_schema(const std::string& cql) {
  const base::Status changed = client_.run(cql);
  if (changed.ok()) return {};
  return base::failure(changed.error().message +
                       ". Whether a change of the schema was made is not known: look after the "
                       "nodes, and start again");
}

// An earlier salestream knew less. Two instances may both do it: the second finds the columns there.
base::Status Tables::complete_table(const TableShape& shape, std::vector<std::string>& made) {
  const StoredTable* table = catalog_.find(shape.name);
  if (table == nullptr) return {};
  const std::vector<ColumnShape> missing = missing_columns(table->shape, shape);
  if (missing.empty()) return {};
  const base::Status added = change_schema(add_columns_cql(options_.keyspace, shape.name, missing));
  SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
  table = catalog_.find(shape.name);
  if (!added.ok() && (table == nullptr || !difference(table->shape, shape).empty())) return added;
  for (const ColumnShape& column : missing)
    made.push_back("column " + column.name + " of table " + qualified_name(options_.keyspace, shape.name) +
                   " in cassandra " + client_.name());
  return {};
}

base::Status Tables::make_table(const TableShape& shape, std::vector<std::string>& made) {
  if (const StoredTable* table = catalog_.find(shape.name)) return check_table(client_, *table, shape);
  SALESTREAM_TRY(change_schema(shape.cql(options_.keyspace)));
  made.push_back("table " + qualified_name(options_.keyspace, shape.name) + " in cassandra " + client_.name());
  return {};
}

base::Status Tables::make_shared(std::vector<std::string>& made) {
  SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
  // Before anything is made. Where salestream has been before, its own tables say more about what differs.
  const bool is_first = catalog_.find(pipelines_table().name) == nullptr;
  if (!is_first)
    for (const TableShape& shape : shared_tables()) SALESTREAM_TRY(complete_table(shape, made));
  for (const TableShape& shape : is_first ? own_shapes_ : shared_tables())
    if (const StoredTable* table = catalog_.find(shape.name)) SALESTREAM_TRY(check_table(client_, *table, shape));
  if (!catalog_.has_keyspace) {
    if (!options_.create_keyspace)
      return client_.failure("has no keyspace " + options_.keyspace +
                             ": make it, or let salestream do it (create_keyspace: true)");
    SALESTREAM_TRY(change_schema(keyspace_cql(options_)));
    made.push_back("keyspace " + options_.keyspace + " in cassandra " + client_.name());
  }
  for (const TableShape& shape : shared_tables()) SALESTREAM_TRY(make_table(shape, made));
  return {};
}

// Who owns our tables. Each is asked for by its key, so that a run can start while a node has just frozen: of a scan
// Cassandra asks no second copy in time.
base::Status Tables::read_owners() {
  SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.read_owned));
  BoundRows rows;
  for (const TableShape& shape : own_shapes_) {
    owned_table_columns().key.bind(rows, {shape.name});
    rows.end_row();
  }
  SALESTREAM_ASSIGN(const Answer answer, client_.read(statement, rows));
  owned_.clear();
  return add_owned(answer);
}

// All tables of all pipelines.
base::Status Tables::scan_owned() {
  SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.scan_owned));
  owned_.clear();
  return client_.scan(statement, {}, [&](const Answer& page) { return add_owned(page); });
}

base::Status Tables::add_owned(const Answer& answer) {
  for (ValueReader row(answer.values); !row.at_end();)
    SALESTREAM_TRY(read_columns(owned_table_columns().all, row, client_, owned_.emplace_back()));
  return {};
}

const OwnedTable* Tables::owned(const std::string& name) const {
  const auto found =
      std::find_if(owned_.begin(), owned_.end(), [&](const OwnedTable& table) { return table.name == name; });
  return found == owned_.end() ? nullptr : &*found;
}

bool Tables::has_own() const {
  return has_cells() || std::any_of(owned_.begin(), owned_.end(),
                                    [&](const OwnedTable& table) { return table.pipeline == pipeline_; });
}

base::Status Tables::check_owners() const {
  for (const TableShape& shape : own_shapes_)
    if (const OwnedTable* table = owned(shape.name))
      SALESTREAM_TRY(check_.pipeline(table->pipeline, "its table " + shape.name));
  return {};
}

// Totals and cells: all are looked at before the first is made.
base::Status Tables::make_own(std::vector<std::string>& made) {
  for (const TableShape& shape : own_shapes_)
    if (const StoredTable* table = catalog_.find(shape.name)) SALESTREAM_TRY(check_table(client_, *table, shape));
  std::vector<std::string> new_tables;
  for (const TableShape& shape : own_shapes_) {
    if (catalog_.find(shape.name) == nullptr) new_tables.push_back(shape.name);
    SALESTREAM_TRY(make_table(shape, made));
  }
  SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
  for (const TableShape& shape : own_shapes_) {
    const bool is_new = std::find(new_tables.begin(), new_tables.end(), shape.name) != new_tables.end();
    SALESTREAM_TRY(claim(shape.name, is_new));
  }
  return {};
}

base::Status Tables::claim(const std::string& table, bool is_new) {
  const StoredTable* stored = catalog_.find(table);
  if (stored == nullptr) return client_.failure("its table " + table + " was dropped while it was being made");
  const OwnedTable* before = owned(table);
  if (before != nullptr && before->id == stored->id) return {};
  const OwnedTable claimed{table, pipeline_, is_new, stored->id};
  const OwnedTableColumns& columns = owned_table_columns();
  BoundRows row;
  if (before != nullptr) {
    (columns.claim + columns.key + columns.pipeline).bind(row, claimed);
    row.end_row();
    auto updated = client_.transact(cql_.update_claim, row);
    if (!updated.ok()) return std::move(updated).error();
    return {};
  }
  columns.all.bind(row, claimed);
  row.end_row();
  SALESTREAM_ASSIGN(const bool was_done, client_.transact(cql_.claim_table, row));
  if (was_done) return {};
  // Another instance of this pipeline, or another pipeline at the same moment.
  SALESTREAM_TRY(read_owners());
  return check_owners();
}

// For a new generation: tables of ours that the pipeline file has no more, or has in another shape. Only what
// salestream made is dropped.
base::Status Tables::drop_unfit() {
  SALESTREAM_TRY(scan_owned());
  for (const OwnedTable& table : owned_) {
    if (table.pipeline != pipeline_) continue;
    const StoredTable* stored = catalog_.find(table.name);
    const auto wanted = std::find_if(own_shapes_.begin(), own_shapes_.end(),
                                     [&](const TableShape& shape) { return shape.name == table.name; });
    const bool is_wanted = wanted != own_shapes_.end();
    if (stored != nullptr && (!is_wanted || !difference(stored->shape, *wanted).empty())) {
      if (table.is_made && stored->id == table.id)
        SALESTREAM_TRY(change_schema("DROP TABLE IF EXISTS " + qualified_name(options_.keyspace, table.name)));
      else if (is_wanted)
        SALESTREAM_TRY(check_table(client_, *stored, *wanted));
    }
    if (is_wanted) continue;
    BoundRows row;
    (owned_table_columns().key + owned_table_columns().pipeline).bind(row, table);
    row.end_row();
    auto released = client_.transact(cql_.release_table, row);
    if (!released.ok()) return std::move(released).error();
  }
  SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
  return read_owners();
}

base::Status Tables::check_own() const {
  for (const TableShape& shape : own_shapes_) {
    const StoredTable* table = catalog_.find(shape.name);
    if (table == nullptr) return check_.table_gone(shape.name);
    SALESTREAM_TRY(check_table(client_, *table, shape));
    const OwnedTable* claimed = owned(shape.name);
    if (claimed != nullptr && claimed->pipeline == pipeline_ && claimed->id != table->id)
      return client_.failure("its table " + shape.name + " was dropped and recreated, so rows are missing in it. " +
                             check_.remedy());
  }
  return {};
}

}  // namespace salestream::store::cassandra
