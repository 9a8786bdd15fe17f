// SPDX-License-Identifier: Apache-2.0
// The columns of a table, once: from one array come its CREATE TABLE, the names in its statements, the order in which
// values are bound to them and the order in which they are read. A store's Format says what a column's Shape (name,
// type and role) is, how a name is quoted, and what values are bound to (Binder) and read from (Reader). Immutable once
// made; any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/sql_text.h"

namespace salestream::store {

// What belongs where a reader found something else, as in "a number"; null when all is well.
using Expected = const char*;

// `From` is what a column is bound from, `Into` what it is read into.
template <typename Format, typename From, typename Into>
struct RowColumn {
  typename Format::Shape shape;
  void (*bind)(typename Format::Binder&, const From&) = nullptr;
  Expected (*read)(typename Format::Reader&, Into&) = nullptr;
  std::string selected_as = {};  // what a SELECT has in place of the name
};

// A table's columns, or some of them in the order in which a statement has them.
template <typename Format, typename From, typename Into = From>
class RowLayout {
 public:
  using Column = RowColumn<Format, From, Into>;

  RowLayout() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a column is written as its parts.
  RowLayout(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Those of these names, in this order.
  RowLayout only(std::initializer_list<std::string_view> names) const {
    RowLayout chosen;
    for (const std::string_view name : names) {
      const auto found = std::find_if(columns_.begin(), columns_.end(),
                                      [&](const Column& column) { return column.shape.name == name; });
      SALESTREAM_CHECK(found != columns_.end());
      chosen.columns_.push_back(*found);
    }
    return chosen;
  }
  // All from the one of this name on.
  RowLayout from(std::string_view name) const {
    const auto found =
        std::find_if(columns_.begin(), columns_.end(), [&](const Column& column) { return column.shape.name == name; });
    SALESTREAM_CHECK(found != columns_.end());
    return RowLayout(std::vector<Column>(found, columns_.end()));
  }
  RowLayout operator+(const RowLayout& more) const {
    RowLayout both = *this;
    both.columns_.insert(both.columns_.end(), more.columns_.begin(), more.columns_.end());
    return both;
  }

  std::vector<typename Format::Shape> shapes() const {
    std::vector<typename Format::Shape> shapes;
    for (const Column& column : columns_) shapes.push_back(column.shape);
    return shapes;
  }
  bool has(std::string_view name) const {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const Column& column) { return column.shape.name == name; });
  }
  std::size_t size() const { return columns_.size(); }

  std::vector<std::string> quoted_names() const {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(Format::quoted(column.shape.name));
    return names;
  }
  std::string names() const { return joined(quoted_names(), ", "); }  // "a, b"
  std::string selected() const {                                      // "a, WRITETIME(b)"
    std::vector<std::string> texts;
    for (const Column& column : columns_)
      texts.push_back(column.selected_as.empty() ? Format::quoted(column.shape.name) : column.selected_as);
    return joined(texts, ", ");
  }
  std::string placeholders() const { return store::placeholders(columns_.size()); }  // "?, ?"
  std::string conditions() const { return equalities(quoted_names()); }              // "a = ? AND b = ?"
  std::string assignments() const { return equalities(quoted_names(), ", "); }       // "a = ?, b = ?"

  void bind(typename Format::Binder& binder, const From& row) const {
    for (const Column& column : columns_) column.bind(binder, row);
  }
  // Reads all columns, or up to the first that holds something else.
  Expected read(typename Format::Reader& reader, Into& row) const {
    for (const Column& column : columns_)
      if (const Expected expected = column.read(reader, row); expected != nullptr) return expected;
    return nullptr;
  }
  // Reads all columns, whatever they hold, and calls `on_wrong` with the name of the first that holds something else,
  // and with what belongs there.
  template <typename OnWrong>
  void read_all(typename Format::Reader& reader, Into& row, const OnWrong& on_wrong) const {
    bool is_wrong = false;
    for (const Column& column : columns_) {
      const Expected expected = column.read(reader, row);
      if (expected == nullptr || std::exchange(is_wrong, true)) continue;
      on_wrong(column.shape.name, expected);
    }
  }

 private:
  std::vector<Column> columns_;
};

}  // namespace salestream::store
