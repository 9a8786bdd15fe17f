// SPDX-License-Identifier: Apache-2.0
// Rows of totals as messages of a Kafka topic, for Spark's Kafka sink. Text only, no I/O. Pure functions; any thread.
#pragma once

#include <string>

#include "core/definition.h"
#include "spark/statement.h"

namespace salestream::spark {

// A SELECT of key, value and headers around a table's statement. The key is the row's key as JSON, with the table's
// name in `table`, so that a compacted topic keeps the rows of several tables apart. The value is the whole row,
// amounts as strings of exact digits, as `totals --format json` has them: readers would turn numbers into doubles. The
// header `version` is kVersionColumn: of two messages with the same key the greater one is the later, in whatever order
// they came.
std::string topic_rows(const core::TotalsTable& table, const TableStatement& statement);

}  // namespace salestream::spark
