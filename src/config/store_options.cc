// SPDX-License-Identifier: Apache-2.0
#include "base/logging.h"
#include "config/pipeline_file.h"
#include "config/sections.h"

namespace salestream::config {
namespace {

// ":memory:" and "" are SQLite's names for databases that end with the connection.
const char* unusable_sqlite_file(std::string_view file) {
  if (file == ":memory:")
    return "is SQLite's name for a database in memory, which would not outlive the run; "
           "a file belongs here";
  if (file.starts_with("file:")) return "is a URI; a plain file name belongs here";
  return nullptr;
}

}  // namespace

base::Result<store::Options> read_store(const YamlValue& store) {
  SALESTREAM_ASSIGN(const YamlMap map, store.map("store"));
  SALESTREAM_ASSIGN(const YamlMember member, map.only_member());
  if (member.key == "cassandra") return read_cassandra(member.value);
  YamlValue file = member.value;
  if (file.is_map()) {
    SALESTREAM_ASSIGN(const YamlMap sqlite, file.map("store.sqlite"));
    SALESTREAM_ASSIGN(file, sqlite.require("file"));
  }
  SALESTREAM_ASSIGN(std::string name, file.text("the name of the SQLite file, such as sales.db,"));
  if (const char* why = unusable_sqlite_file(name)) return file.error(why);
  return store::Options(store::SqliteOptions{std::move(name)});
}

base::Result<store::Options> parse_store_option(std::string_view text, const store::Options& of_file) {
  constexpr std::string_view kSqlite = "sqlite:";
  const std::string shown = "--store " + base::printable(text, 200);
  if (text.starts_with(kSqlite)) {
    const std::string file(text.substr(kSqlite.size()));
    if (file.empty()) return base::usage_error(shown + ": the file's name is missing, as in sqlite:sales.db");
    if (file.find('\0') != std::string::npos) return base::usage_error(shown + ": a file name cannot hold a NUL");
    if (const char* why = unusable_sqlite_file(file)) return base::usage_error(shown + ": the file " + why);
    return store::Options(store::SqliteOptions{file});
  }
  constexpr std::string_view kCassandra = "cassandra:";
  if (text.starts_with(kCassandra)) return parse_cassandra_option(text.substr(kCassandra.size()), of_file);
  return base::usage_error(shown +
                           ": not a store; write sqlite:FILE, as in --store sqlite:sales.db, or "
                           "cassandra:HOST:PORT/KEYSPACE");
}

}  // namespace salestream::config
