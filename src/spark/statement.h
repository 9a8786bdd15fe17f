// SPDX-License-Identifier: Apache-2.0
// A pipeline file's definition as Spark SQL: the same totals, counted by Spark Structured Streaming. Text only, no I/O.
// What Spark must answer differently stands in docs/spark.md, line by line. Pure functions; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/definition.h"

namespace salestream::spark {

// The view of raw messages that `Statement::judged` reads: the columns of Spark's Kafka source, `value BINARY`,
// `partition INT` and `offset BIGINT` among them.
inline constexpr std::string_view kMessagesView = "salestream_messages";

// The view of `Statement::judged` that the tables' statements and the metrics read: a row for each message, whose
// `reason` says why it is a rejected message, and is NULL where it is an order.
inline constexpr std::string_view kJudgedView = "salestream_judged";

// An aggregate over kJudgedView, for `observe` (Spark Connect: CollectMetrics with expression strings).
struct Metric {
  std::string name;        // "messages", "orders", "wrong_totals", "rejects_invalid_json", …
  std::string expression;  // "count_if(reason = 'invalid_json')"
};

// How many line items are in a row: it grows with each change of the row, and is the same for the same content, however
// often it is counted again and in whatever batches. A sink orders what was written of a row by it.
inline constexpr std::string_view kVersionColumn = "salestream_version";

struct TableStatement {
  std::string table;
  std::string sql;                       // SELECT … FROM kJudgedView …: the table's own columns and kVersionColumn
  std::vector<std::string> key_columns;  // those of `by`, in its order
};

struct Statement {
  std::map<std::string, std::string> session;  // Spark's configuration that the text rests on
  std::string judged;                          // SELECT … FROM kMessagesView
  std::vector<Metric> metrics;
  std::vector<TableStatement> tables;  // in the definition's order
  std::vector<std::string> to_paste;   // the whole of each table from kMessagesView in one statement, explained in it
};

// An error names what Spark SQL can't say with the same meaning, and what to do.
base::Status check_expressible(const core::Definition& definition);

base::Result<Statement> compile(const core::Definition& definition);

}  // namespace salestream::spark
