// SPDX-License-Identifier: Apache-2.0
// Names of keyspaces, tables and columns: which there can be, and how CQL has them.
#include <algorithm>
#include <set>

#include "base/logging.h"
#include "store/sql_text.h"
#include "store_cassandra/schema.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::size_t kMaxNameBytes = 48;  // Cassandra's limit for keyspaces and tables

bool is_word(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

base::Status check_word(std::string_view name, const std::string& place, const std::string& what,
                        std::size_t most_bytes) {
  const std::string shown = base::printable(name, 100);
  if (!is_word(name))
    return refused_name(
        place, what + " is called '" + shown + "', and Cassandra takes only letters a to z, digits and _ there");
  if (name.size() > most_bytes)
    return refused_name(place, "the name of " + what + ", " + shown + ", has " + std::to_string(name.size()) +
                                   " characters, and Cassandra takes at most " + std::to_string(most_bytes) + " there");
  return {};
}

base::Status check_columns(const core::TotalsTable& table) {
  std::set<std::string> names;
  for (const core::Column& column : table.columns) {
    const std::string shown = base::printable(column.name, 100);
    if (column.name.empty() || column.name.find('\0') != std::string::npos)
      return refused_name(column.place, "the totals table " + table.name + " has a column called '" + shown +
                                            "', which Cassandra cannot have");
    if (!names.insert(column.name).second)
      return refused_name(column.place, "the totals table " + table.name + " has two columns called " + shown +
                                            ": choose another name");
  }
  const auto is_taken = [](const std::string& name) { return cell_columns().all.has(name); };
  if (const core::Column* column = find_key_column(table, is_taken))
    return refused_name(column->place, "the totals table " + table.name + " calls a column of its key " + column->name +
                                           ", a name that its table of cells needs: choose another name");
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

base::Status check_names(const CassandraOptions& options, const core::Definition& definition) {
  SALESTREAM_TRY(check_word(options.keyspace, "", "the keyspace", kMaxNameBytes));
  std::set<std::string> tables;
  for (const core::TotalsTable& table : definition.totals) {
    SALESTREAM_TRY(check_word(table.name, table.place, "a totals table", kMaxNameBytes - kCellsEnding.size()));
    if (table.name.starts_with("salestream_"))
      return refused_name(table.place, "a totals table cannot be called " + table.name +
                                           ": names that begin with salestream_ are taken");
    for (const std::string& taken : {table.name, cells_name(table)})
      if (!tables.insert(taken).second)
        return refused_name(table.place, "the totals table " + table.name + " needs two tables, it and " +
                                             cells_name(table) + ", and another table has the name " + taken +
                                             " already: choose another name");
    SALESTREAM_TRY(check_columns(table));
  }
  return {};
}

}  // namespace salestream::store::cassandra
