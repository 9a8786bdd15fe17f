// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "config/testing.h"

namespace salestream::config {
namespace {

using testing::environment_of;
using testing::error_of;
using testing::good_with;

// The store's text stands in line 16, from column 3 on.
std::string store_error(std::string_view store) { return error_of(good_with("sqlite: sales.db", store)); }

std::string sqlite_file(std::string_view store) {
  const auto file = parse_pipeline_file(good_with("sqlite: sales.db", store), "x.yaml", environment_of({{"DIR", "d"}}));
  return file.ok() ? std::get<store::SqliteOptions>(file->store).file : file.error().message;
}

TEST(Store, ReadsSqliteOptions) {
  EXPECT_EQ(sqlite_file("sqlite: a.db"), "a.db");
  EXPECT_EQ(sqlite_file("sqlite: {file: '${DIR}/a.db'}"), "d/a.db");
  EXPECT_EQ(store_error("sqlite:"),
            "x.yaml:16:3: store.sqlite has no value; the name of the SQLite file, such as sales.db, "
            "belongs here");
  EXPECT_EQ(store_error("sqlite: {}"), "x.yaml:16:11: store.sqlite.file is missing: the SQLite file");
  EXPECT_EQ(store_error("sqlite: {file: a, wal: no}"),
            "x.yaml:16:21: unknown key 'wal' in store.sqlite; known here: file");
  EXPECT_EQ(
      store_error("sqlite: ':memory:'"),
      "x.yaml:16:11: store.sqlite is SQLite's name for a database in memory, which would not outlive the run; a file "
      "belongs here");
  EXPECT_EQ(store_error("sqlite: 'file:a?mode=memory'"),
            "x.yaml:16:11: store.sqlite is a URI; a plain file name belongs here");
}

TEST(Store, HasToBeExactlyOne) {
  EXPECT_EQ(store_error("{}"), "x.yaml:16:3: store has nothing in it; it takes one of: sqlite, cassandra");
  EXPECT_EQ(store_error("postgres: x"), "x.yaml:16:3: unknown key 'postgres' in store; known here: sqlite, cassandra");
}

TEST(StoreOption, ReadsAPlace) {
  const auto file = [](std::string_view text) {
    const auto options = parse_store_option(text);
    return options.ok() ? std::get<store::SqliteOptions>(*options).file : options.error().message;
  };
  EXPECT_EQ(file("sqlite:a.db"), "a.db");
  EXPECT_EQ(file("sqlite:/tmp/a:b.db"), "/tmp/a:b.db");
  EXPECT_EQ(file("sqlite:"), "--store sqlite:: the file's name is missing, as in sqlite:sales.db");
  EXPECT_EQ(
      file("a.db"),
      "--store a.db: not a store; write sqlite:FILE, as in --store sqlite:sales.db, or cassandra:HOST:PORT/KEYSPACE");
  EXPECT_EQ(file(""),
            "--store : not a store; write sqlite:FILE, as in --store sqlite:sales.db, or cassandra:HOST:PORT/KEYSPACE");
  EXPECT_EQ(file("sqlite::memory:"),
            "--store sqlite::memory:: the file is SQLite's name for a database in memory, which "
            "would not outlive the run; a file belongs here");
  EXPECT_FALSE(parse_store_option(std::string_view("sqlite:a\0b", 10)).ok());
}

}  // namespace
}  // namespace salestream::config
