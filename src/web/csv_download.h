// SPDX-License-Identifier: Apache-2.0
// A whole totals table as CSV, for spreadsheets and programs. It is written into a file without a name first and sent
// from there: memory stays as it is whatever the table's size, and a client that reads slowly keeps no transaction
// open. The file and the time that it takes to write have a limit.
#pragma once

#include <atomic>
#include <chrono>
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

// What in a name a spreadsheet could take for a formula, also after a separator, gets an apostrophe before it
// (CWE-1236).
std::string csv_line(const std::vector<std::string>& cells, const core::TotalsTable& definition, CsvDialect dialect);
std::string csv_header(const core::TotalsTable& definition, CsvDialect dialect);

struct DownloadLimits {
  std::int64_t max_bytes = 1'000'000'000;
  std::chrono::milliseconds max_time = std::chrono::minutes(5);
};

// From the view, in its order: all rows have to be in it. Ends early when `is_stopping` turns true.
http::Response csv_of(const core::TotalsTable& definition, const TableView& view, CsvDialect dialect,
                      const std::atomic<bool>& is_stopping);

// From the store, in the store's order.
http::Response csv_from_store(const core::TotalsTable& definition, store::TableIndex table, store::Store& store,
                              CsvDialect dialect, const std::atomic<bool>& is_stopping,
                              const DownloadLimits& limits = {});

}  // namespace salestream::web
