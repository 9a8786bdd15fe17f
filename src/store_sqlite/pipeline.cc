// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/pipeline.h"

#include <algorithm>

#include "base/clock.h"
#include "base/logging.h"
#include "core/stored_definition.h"
#include "store_sqlite/schema.h"
#include "store_sqlite/statements.h"

namespace salestream::store::sqlite {
namespace {

constexpr std::size_t kMaxShownNameBytes = 200;

base::Status with_rows(Database& database, std::string_view sql, std::vector<std::string_view> texts,
                       const std::function<void(const Statement&)>& on_row) {
  SALESTREAM_ASSIGN(Statement statement, database.prepare(sql));
  for (std::size_t i = 0; i < texts.size(); ++i) statement.bind_text(static_cast<int>(i) + 1, texts[i]);
  for (;;) {
    SALESTREAM_ASSIGN(const bool row, statement.step());
    if (!row) return {};
    if (on_row) on_row(statement);
  }
}

base::Result<std::int64_t> integer_of(Database& database, std::string_view sql,
                                      std::vector<std::string_view> texts = {}) {
  std::int64_t value = 0;
  SALESTREAM_TRY(with_rows(database, sql, std::move(texts), [&](const Statement& row) { value = row.integer(0); }));
  return value;
}

base::Result<bool> exists(Database& database, std::string_view name) {
  SALESTREAM_ASSIGN(const auto count, integer_of(database,
                                                 "SELECT count(*) FROM sqlite_master WHERE name = ? COLLATE NOCASE "
                                                 "AND type IN ('table', 'view')",
                                                 {name}));
  return count > 0;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// "product_name TEXT (key 1), total_sales TEXT"
std::string describe(const TableShape& shape) {
  std::string text;
  for (const ColumnShape& column : shape.columns) {
    const auto key = std::find(shape.primary_key.begin(), shape.primary_key.end(), column.name);
    text += (text.empty() ? "" : ", ") + base::printable(column.name, kMaxShownNameBytes) + " " + upper(column.type);
    if (key != shape.primary_key.end()) text += " (key " + std::to_string(key - shape.primary_key.begin() + 1) + ")";
  }
  return text;
}

base::Result<std::string> describe_stored(Database& database, const std::string& table) {
  std::string text;
  SALESTREAM_TRY(
      with_rows(database, "SELECT name, type, pk FROM pragma_table_info(?)", {table}, [&](const Statement& row) {
        text += (text.empty() ? "" : ", ") + base::printable(row.text(0), kMaxShownNameBytes) + " " +
                upper(std::string(row.text(1)));
        if (row.integer(2) > 0) text += " (key " + std::to_string(row.integer(2)) + ")";
      }));
  return text;
}

// Whether a table that is not ours may become ours: only when it looks the same and nothing is in it.
base::Status check_adoptable(Database& database, const TableShape& shape) {
  const std::string name = base::printable(shape.name, kMaxShownNameBytes);
  SALESTREAM_ASSIGN(const std::string stored, describe_stored(database, shape.name));
  if (stored != describe(shape))
    return base::failure(database.file() + ": already has a table " + name +
                         " that salestream did not make, with columns " + stored + " instead of " + describe(shape) +
                         ". Nothing was changed: rename that table, or name another file for the store");
  SALESTREAM_ASSIGN(const auto is_filled,
                    integer_of(database, "SELECT EXISTS (SELECT 1 FROM " + quoted_name(shape.name) + ")"));
  if (is_filled != 0)
    return base::failure(
        database.file() + ": already has a table " + name +
        " with rows that salestream did not write. Nothing was changed: empty or rename that table, or "
        "name another file for the store");
  return {};
}

base::Status create(Database& database, const TableShape& shape, std::vector<std::string>& made) {
  SALESTREAM_ASSIGN(const bool there, exists(database, shape.name));
  if (there) {
    SALESTREAM_TRY(check_adoptable(database, shape));
  } else {
    SALESTREAM_TRY(database.execute(shape.ddl()));
    made.push_back("table " + base::printable(shape.name, kMaxShownNameBytes) + " in " + database.file());
  }
  return {};
}

base::Status create_data_table(Database& database, const TableShape& shape, std::vector<std::string>& made) {
  SALESTREAM_TRY(create(database, shape, made));
  SALESTREAM_ASSIGN(Statement insert, database.prepare(shared_sql().write_made_table));
  RowBinder row(insert);
  made_table_columns().bind(row, shape.name);
  return insert.run();
}

base::Status write_pipeline(Database& database, const Identity& identity, std::int64_t generation,
                            std::int64_t base_us) {
  SALESTREAM_TRY(database.execute("DELETE FROM salestream_pipeline"));
  const PipelineRow pipeline{
      kFormatVersion, identity.definition.pipeline, identity.definition.canonical_text(), identity.source, generation,
      base_us};
  SALESTREAM_ASSIGN(Statement insert, database.prepare(shared_sql().write_pipeline));
  RowBinder row(insert);
  pipeline_columns().bind(row, pipeline);
  return insert.run();
}

// Whose store it is, if this program can read it.
base::Result<PipelineRow> read_pipeline(Database& database, const IdentityCheck& check) {
  // Later formats keep this column in this place; what else they have, we can't know.
  std::int64_t columns = 0;
  SALESTREAM_ASSIGN(columns, integer_of(database,
                                        "SELECT count(*) FROM pragma_table_info('salestream_pipeline') "
                                        "WHERE name = 'format_version'"));
  SALESTREAM_ASSIGN(const std::string shape, describe_stored(database, pipeline_table().name));
  if (columns == 1) {
    SALESTREAM_ASSIGN(const auto version, integer_of(database, "SELECT max(format_version) FROM salestream_pipeline"));
    SALESTREAM_TRY(check.format(version));
  }
  std::vector<PipelineRow> rows;
  if (shape == describe(pipeline_table()))
    SALESTREAM_TRY(with_rows(database, shared_sql().read_pipeline, {}, [&](const Statement& row) {
      RowReader reader(row);
      static_cast<void>(pipeline_columns().read(reader, rows.emplace_back()));  // texts and numbers, which anything is
    }));
  if (rows.size() != 1) return check.unreadable();
  return std::move(rows.front());
}

base::Status check_tables(Database& database, const core::Definition& definition, const IdentityCheck& check) {
  for (const TableShape& shape : data_tables(definition)) {
    SALESTREAM_ASSIGN(const std::string found, describe_stored(database, shape.name));
    if (found.empty()) return check.table_gone(shape.name);
    if (found != describe(shape))
      return base::failure(database.file() + ": its table " + base::printable(shape.name, kMaxShownNameBytes) +
                           " was changed: it has columns " + found + " instead of " + describe(shape) + ". " +
                           check.remedy());
  }
  return {};
}

}  // namespace

IdentityCheck identity_check(const std::string& file, const Identity& identity, CheckedFor checked_for) {
  return IdentityCheck({file, "name another file for the store (--store sqlite:FILE)"}, identity, kFormatVersion,
                       checked_for);
}

base::Result<bool> holds_store(Database& database) { return exists(database, "salestream_pipeline"); }

base::Status check_store(Database& database, const Identity& identity, CheckedFor checked_for) {
  const IdentityCheck check = identity_check(database.file(), identity, checked_for);
  SALESTREAM_ASSIGN(const PipelineRow stored, read_pipeline(database, check));
  SALESTREAM_TRY(check.pipeline(stored.pipeline));
  SALESTREAM_TRY(check.definition(stored.definition));
  SALESTREAM_TRY(check.source(stored.source));
  return check_tables(database, identity.definition, check);
}

base::Result<AsStored> read_identity(Database& database, const Identity& identity) {
  const IdentityCheck check = identity_check(database.file(), identity, CheckedFor::kReading);
  SALESTREAM_ASSIGN(PipelineRow stored, read_pipeline(database, check));
  auto definition = core::definition_of(stored.definition);
  if (!definition) return check.unknown_definition();
  SALESTREAM_TRY(check_tables(database, *definition, check));
  std::string difference = check.difference(stored.pipeline, stored.definition, stored.source);
  return AsStored{{*std::move(definition), std::move(stored.source)}, std::move(difference)};
}

base::Result<std::vector<std::string>> make_store(Database& database, const Identity& identity) {
  std::string encoding;
  SALESTREAM_TRY(with_rows(database, "PRAGMA encoding", {}, [&](const Statement& row) { encoding = row.text(0); }));
  if (encoding != "UTF-8")
    return base::failure(database.file() + ": keeps its text as " + encoding +
                         ", and salestream needs UTF-8. Nothing was changed: name another file for the store");
  // Before anything is changed, the journal mode included. The same checks stand in the transaction below.
  for (const TableShape& shape : data_tables(identity.definition)) {
    SALESTREAM_ASSIGN(const bool there, exists(database, shape.name));
    if (there) SALESTREAM_TRY(check_adoptable(database, shape));
  }
  std::string mode;
  SALESTREAM_TRY(with_rows(database, "PRAGMA journal_mode=WAL", {}, [&](const Statement& row) { mode = row.text(0); }));
  if (mode != "wal")
    return base::failure(database.file() +
                         ": its file system has no shared memory, which SQLite's write-ahead log needs: "
                         "name a file on a local disk for the store");

  std::vector<std::string> made;
  SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(database, Transaction::Kind::kWrite));
  SALESTREAM_TRY(create(database, pipeline_table(), made));
  SALESTREAM_TRY(create(database, made_tables_table(), made));
  for (const TableShape& shape : data_tables(identity.definition))
    SALESTREAM_TRY(create_data_table(database, shape, made));
  SALESTREAM_TRY(make_resend_tables(database, made));
  SALESTREAM_TRY(write_pipeline(database, identity, 1, base::wall_clock_us()));
  SALESTREAM_TRY(transaction.commit());
  return made;
}

base::Status make_resend_tables(Database& database, std::vector<std::string>& made) {
  for (const TableShape& shape : {resends_table(), resend_marks_table()}) {
    SALESTREAM_ASSIGN(const std::string found, describe_stored(database, shape.name));
    if (found == describe(shape)) continue;
    SALESTREAM_TRY(create(database, shape, made));
  }
  return {};
}

base::Result<bool> has_resend_tables(Database& database) { return exists(database, resend_marks_table().name); }

base::Status start_generation(Database& database, const Identity& identity) {
  SALESTREAM_ASSIGN(const bool there, holds_store(database));
  if (!there) return {};
  SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(database, Transaction::Kind::kWrite));
  const IdentityCheck check = identity_check(database.file(), identity);
  SALESTREAM_ASSIGN(const PipelineRow stored, read_pipeline(database, check));
  SALESTREAM_TRY(check.pipeline(stored.pipeline));

  std::vector<std::string> before;
  SALESTREAM_TRY(with_rows(database, shared_sql().read_made_tables, {},
                           [&](const Statement& row) { before.emplace_back(row.text(0)); }));
  SALESTREAM_TRY(database.execute("DELETE FROM salestream_tables"));
  const std::vector<TableShape> shapes = data_tables(identity.definition);
  for (const std::string& name : before) {
    SALESTREAM_ASSIGN(const std::string found, describe_stored(database, name));
    // A table that stays is emptied, so that what a person hung on it (an index, a trigger) stays too.
    const bool stays = std::any_of(shapes.begin(), shapes.end(), [&](const TableShape& shape) {
      return shape.name == name && describe(shape) == found;
    });
    SALESTREAM_TRY(database.execute((stays ? "DELETE FROM " : "DROP TABLE IF EXISTS ") + quoted_name(name)));
  }
  std::vector<std::string> made;
  for (const TableShape& shape : shapes) SALESTREAM_TRY(create_data_table(database, shape, made));
  // Never back, whatever the wall clock does.
  SALESTREAM_TRY(
      write_pipeline(database, identity, stored.generation + 1, std::max(base::wall_clock_us(), stored.base_us + 1)));
  return transaction.commit();
}

}  // namespace salestream::store::sqlite
