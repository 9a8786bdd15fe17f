// SPDX-License-Identifier: Apache-2.0
// A whole totals table as CSV, for spreadsheets and programs. It is written into a file without a name first and sent
// from there: memory stays as it is whatever the table's size, and a client that reads slowly keeps no transaction
// open.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "http/message.h"
#include "store/store.h"
#include "web/view.h"

namespace salestream::web {

enum class CsvDialect : std::uint8_t {
  kPlain,    // RFC 4180
  kEnglish,  // the same with a byte order mark, by which spreadsheets know UTF-8
  kBrazil,   // and with semicolons and decimal commas, which spreadsheets in Portuguese expect
};

// A name that a spreadsheet could take for a formula gets an apostrophe before it (CWE-1236).
std::string csv_line(const std::vector<std::string>& cells, const core::TotalsTable& definition, CsvDialect dialect);
std::string csv_header(const core::TotalsTable& definition, CsvDialect dialect);

// From the view, in its order: all rows have to be in it.
http::Response csv_of(const core::TotalsTable& definition, const TableView& view, CsvDialect dialect);

// From the store, in the store's order; ends early when `is_stopping` turns true.
http::Response csv_from_store(const core::TotalsTable& definition, store::TableIndex table, store::Store& store,
                              CsvDialect dialect, const std::atomic<bool>& is_stopping);

}  // namespace salestream::web
