// SPDX-License-Identifier: Apache-2.0
// What a simulated cluster knows of a pipeline's keyspace: its tables, made by the adapter's own CREATE statements, and
// for each statement that the adapter prepares, by its text, what is to be done with the values that are bound to it:
// decided once, so that running it is cheap. Shared by all schedules of a case. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cql.h"

namespace salestream::simulation {

using TableId = std::uint32_t;
using Place = std::uint8_t;  // of a value among those that are bound, or of a column

// Rows of bytes, as values.h has them: the columns of the key apart from the others, both in the order of CREATE TABLE.
struct Table {
  CqlTable cql;
  std::vector<std::string> columns;  // those that are in no key

  Place column(std::string_view name) const;
};

struct Plan {
  enum class Kind : std::uint8_t {
    kInsert,  // a whole row
    kDeleteRow,
    kDeletePartition,
    kRead,  // rows of one partition
    kScan,  // all partitions
    kTransact,
    kAnswer,           // of the schema, which is the same on all nodes
    kNotInSimulation,  // may be prepared, and nothing more
  };
  struct Output {
    enum class Kind : std::uint8_t { kKey, kColumn, kAllColumns, kWriteTime } kind;
    Place place = 0;
  };
  struct Setting {
    Place column;
    std::optional<Place> bound;
    std::string literal;  // encoded
  };

  Kind kind = Kind::kNotInSimulation;
  TableId table = 0;
  Place bound = 0;                   // values of a row
  std::vector<Place> partition_key;  // bound values
  std::vector<Place> clustering;     // the same; of kRead the first ones, or none
  bool has_whole_key = false;
  std::vector<Place> columns;         // of kInsert: bound values
  bool are_columns_in_order = false;  // so that they are one piece of the bound row
  Place timestamp = 0;
  std::vector<Output> outputs;
  bool is_distinct = false;         // kScan: a row for each partition
  std::vector<Setting> settings;    // kTransact
  std::vector<Setting> conditions;  // none: the row must not exist
  bool deletes = false;
  std::string answer;  // kAnswer
  std::uint32_t answer_rows = 0;
};

class Keyspace {
 public:
  explicit Keyspace(const std::vector<std::string>& create_statements);

  std::uint32_t prepare(const std::string& cql);
  const Plan& plan(std::uint32_t number) const { return plans_[number]; }

  TableId table_id(std::string_view name) const;
  const Table& table(TableId id) const { return tables_[id]; }
  std::size_t tables() const { return tables_.size(); }
  // What the cluster calls a table, in 16 bytes.
  static std::string table_uuid(TableId id) { return std::string(15, 't') + static_cast<char>('A' + id); }

 private:
  Plan make_plan(const CqlStatement& statement) const;
  void plan_keys(const CqlStatement& statement, const std::vector<CqlStatement::Term>& terms, Plan& plan) const;
  void plan_outputs(const CqlStatement& statement, Plan& plan) const;
  void plan_transaction(const CqlStatement& statement, Plan& plan) const;
  void answer_from_schema(const CqlStatement& statement, Plan& plan) const;

  std::vector<Table> tables_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::deque<Plan> plans_;
};

}  // namespace salestream::simulation
