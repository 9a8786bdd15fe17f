// SPDX-License-Identifier: Apache-2.0
// As much of CQL as the Cassandra adapter speaks: statements taken apart into names and the places of the values that
// are bound to them. Anything else ends the process. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salestream::simulation {

struct CqlTable {
  struct Column {
    std::string name, type;
  };
  std::string name;
  std::vector<Column> columns;
  std::vector<std::string> partition_key, clustering;
};

struct CqlStatement {
  enum class Kind { kCreateKeyspace, kCreateTable, kInsert, kSelect, kDelete, kUpdate } kind = Kind::kSelect;
  // A name and what stands for its value: a bound value by its place, or a literal.
  struct Term {
    std::string name;
    std::optional<std::size_t> bound;
    std::string literal;
    bool is_list = false;  // IN ?
  };
  struct Selected {
    std::string name;
    bool is_write_time = false;
  };
  std::string keyspace, table;
  CqlTable created;
  std::vector<Selected> selected;
  bool is_distinct = false;
  std::vector<Term> set;         // of INSERT and UPDATE
  std::vector<Term> where;       // all of them equalities
  std::vector<Term> conditions;  // of a lightweight transaction
  bool is_if_not_exists = false;
  std::optional<std::size_t> timestamp;
  std::size_t bound = 0;

  bool is_transaction() const { return is_if_not_exists || !conditions.empty(); }
};

CqlStatement parse_cql(std::string_view text);

}  // namespace salestream::simulation
