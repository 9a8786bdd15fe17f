// SPDX-License-Identifier: Apache-2.0
// The values of a row, one after the other: bound to a statement's parameters, and read from its columns. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "store_sqlite/handles.h"

namespace salestream::store::sqlite {

// Reused for many rows, so that its memory is.
class RowBinder {
 public:
  RowBinder() = default;
  explicit RowBinder(Statement& statement) { begin(statement); }

  // The next value is the statement's first parameter. What was made for the row before is given up.
  RowBinder& begin(Statement& statement) {
    statement_ = &statement;
    next_parameter_ = 1;
    made_count_ = 0;
    return *this;
  }

  RowBinder& integer(std::int64_t value) {
    statement_->bind_integer(next_parameter_++, value);
    return *this;
  }
  // The bytes have to live until the statement has run.
  RowBinder& text(std::string_view text) {
    statement_->bind_text(next_parameter_++, text);
    return *this;
  }
  RowBinder& blob(std::string_view bytes) {
    statement_->bind_blob(next_parameter_++, bytes);
    return *this;
  }
  RowBinder& null() {
    statement_->bind_null(next_parameter_++);
    return *this;
  }
  // A text that was made for this row: kept here until the statement has run.
  RowBinder& made_text(std::string made) {
    if (made_count_ == made_.size()) made_.emplace_back();
    return text(made_[made_count_++] = std::move(made));
  }

 private:
  Statement* statement_ = nullptr;
  int next_parameter_ = 1;
  std::deque<std::string> made_;  // whose elements stay where they are
  std::size_t made_count_ = 0;
};

class RowReader {
 public:
  explicit RowReader(const Statement& row, int first_column = 0) : row_(row), next_column_(first_column) {}

  std::int64_t integer() { return row_.integer(next_column_++); }
  // Nothing: something else stands there.
  std::optional<std::int64_t> strict_integer() {
    const int column = next_column_++;
    return row_.is_integer(column) ? std::optional(row_.integer(column)) : std::nullopt;
  }
  std::string_view text() { return row_.text(next_column_++); }
  std::string_view blob() { return row_.blob(next_column_++); }
  std::optional<std::string_view> nullable_text() {
    const int column = next_column_++;
    return row_.is_null(column) ? std::nullopt : std::optional(row_.text(column));
  }
  std::optional<std::string_view> nullable_blob() {
    const int column = next_column_++;
    return row_.is_null(column) ? std::nullopt : std::optional(row_.blob(column));
  }

  // What was read last, for messages.
  std::string_view last_text() const { return row_.text(next_column_ - 1); }

 private:
  const Statement& row_;
  int next_column_;
};

}  // namespace salestream::store::sqlite
