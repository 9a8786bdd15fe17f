// SPDX-License-Identifier: Apache-2.0
// A row's key as the columns of a table, both ways: names are text, minutes and hours a timestamp of their first
// moment, days, weeks and months a date. Immutable once made; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/windows.h"
#include "core/definition.h"
#include "store_cassandra/values.h"

namespace salestream::store::cassandra {

// The type of CQL that a dimension's column has.
const char* key_type(core::Dimension dimension);

class KeyColumns {
 public:
  KeyColumns(const core::Definition& definition, const core::TotalsTable& table);

  void bind(BoundRows& row, std::string_view key) const;
  // The same from the next values of a row. What another program wrote may be no key of ours, but is always some key.
  std::string read(ValueReader& row) const;

 private:
  void bind_value(BoundRows& row, core::Dimension dimension, std::string_view value) const;
  std::string read_value(ValueReader& row, core::Dimension dimension) const;

  std::vector<core::Dimension> by_;
  std::optional<calendar::Windows> windows_;  // where a moment has to be written by the clock of the pipeline's zone
};

}  // namespace salestream::store::cassandra
