// SPDX-License-Identifier: Apache-2.0
#include "web/csv_download.h"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>

#include "base/logging.h"
#include "results/table.h"
#include "store/unreadable_row.h"

namespace salestream::web {
namespace {

constexpr std::size_t kWriteBytes = 256 << 10;

// Before whatever a spreadsheet could take for the beginning of a formula goes an apostrophe (CWE-1236). It may take
// any of these separators for one, whatever the file's is, and quotes for part of a name: so it is looked for after
// each.
std::string without_formulas(std::string_view text) {
  std::string safe;
  safe.reserve(text.size() + 1);
  bool is_first = true, is_start_of_cell = true;
  for (const char c : text) {
    const bool is_separator = std::string_view(",;\t\r\n").find(c) != std::string_view::npos;
    const bool is_sign = std::string_view("=+-@").find(c) != std::string_view::npos;
    if ((is_sign && is_start_of_cell) || (is_first && (c == '\t' || c == '\r' || c == '\n'))) safe += '\'';
    safe += c;
    is_first = false;
    is_start_of_cell = is_separator || (c == '"' && is_start_of_cell);
  }
  return safe;
}

std::string text_field(std::string_view text, char separator) {
  const std::string field = without_formulas(text);
  std::string quoted = results::csv_field(field);
  // That quotes for commas; a semicolon alone needs it as well where it separates.
  if (separator == ';' && quoted == field && field.find(';') != std::string::npos) quoted = '"' + field + '"';
  return quoted;
}

http::Response download(const core::TotalsTable& definition) {
  http::Response response;
  response.content_type = "text/csv; charset=utf-8; header=present";
  // The name is the pipeline file's, an identifier: nothing in it needs quoting.
  response.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}.csv\"", definition.name));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// The file without a name that a download is written into.
class Spool {
 public:
  static base::Result<Spool> make(const DownloadLimits& limits, const std::atomic<bool>& is_stopping) {
    Spool spool(limits, is_stopping);
    if (spool.file_ == nullptr)
      return base::failure(fmt::format("making a temporary file for the download: {}", strerror(errno)));
    return spool;
  }

  base::Status add(std::string_view line) {
    text_ += line;
    return text_.size() < kWriteBytes ? base::Status() : write();
  }

  // Whether there is still time.
  base::Status check() const {
    if (*is_stopping_) return base::failure("the run ends");
    if (std::chrono::steady_clock::now() - began_ <= limits_.max_time) return {};
    return base::failure(fmt::format("that took longer than {} s; `salestream totals --format csv` has no such limit",
                                     std::chrono::duration_cast<std::chrono::seconds>(limits_.max_time).count()));
  }

  base::Result<std::shared_ptr<const http::FileBody>> finish() {
    SALESTREAM_TRY(write());
    if (std::fflush(file_.get()) != 0) return failure();
    auto body = std::make_shared<http::FileBody>();
    body->size_bytes = written_bytes_;
    body->file = base::FileDescriptor(dup(fileno(file_.get())));
    return std::shared_ptr<const http::FileBody>(std::move(body));
  }

 private:
  Spool(const DownloadLimits& limits, const std::atomic<bool>& is_stopping)
      : limits_(limits), is_stopping_(&is_stopping), file_(std::tmpfile(), std::fclose) {}

  base::Status write() {
    SALESTREAM_TRY(check());
    written_bytes_ += static_cast<std::int64_t>(text_.size());
    if (written_bytes_ > limits_.max_bytes)
      return base::failure(fmt::format("it has more than {} MB; `salestream totals --format csv` has no such limit",
                                       limits_.max_bytes / 1'000'000));
    if (std::fwrite(text_.data(), 1, text_.size(), file_.get()) != text_.size()) return failure();
    text_.clear();
    return {};
  }
  static base::Error failure() {
    return base::failure(fmt::format("writing the download to a temporary file: {}", strerror(errno)));
  }

  DownloadLimits limits_;
  const std::atomic<bool>* is_stopping_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::string text_;
  std::int64_t written_bytes_ = 0;
};

// `write_rows` adds the rows to the spool.
template <typename WriteRows>
http::Response spooled(const core::TotalsTable& definition, CsvDialect dialect, const DownloadLimits& limits,
                       const std::atomic<bool>& is_stopping, const WriteRows& write_rows) {
  const auto write_all = [&]() -> base::Result<std::shared_ptr<const http::FileBody>> {
    SALESTREAM_ASSIGN(Spool spool, Spool::make(limits, is_stopping));
    SALESTREAM_TRY(spool.add(csv_header(definition, dialect)));
    SALESTREAM_TRY(write_rows(spool));
    return spool.finish();
  };
  auto file = write_all();
  if (!file.ok()) {
    base::log_warning("a download from the web page failed: " + file.error().message);
    return http::json_error(503, "the totals can't be downloaded now: " + file.error().message);
  }
  http::Response response = download(definition);
  response.file = *std::move(file);
  return response;
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells, const core::TotalsTable& definition, CsvDialect dialect) {
  const char separator = dialect == CsvDialect::kBrazil ? ';' : ',';
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += separator;
    if (std::holds_alternative<core::Dimension>(definition.columns[i].shows)) {
      line += text_field(cells[i], separator);
    } else {
      std::string number = cells[i];
      if (dialect == CsvDialect::kBrazil) std::replace(number.begin(), number.end(), '.', ',');
      line += number;
    }
  }
  return line += "\r\n";
}

std::string csv_header(const core::TotalsTable& definition, CsvDialect dialect) {
  const char separator = dialect == CsvDialect::kBrazil ? ';' : ',';
  std::string line = dialect == CsvDialect::kPlain ? "" : "\xEF\xBB\xBF";
  for (std::size_t i = 0; i < definition.columns.size(); ++i) {
    if (i > 0) line += separator;
    line += text_field(definition.columns[i].name, separator);
  }
  return line += "\r\n";
}

http::Response csv_of(const core::TotalsTable& definition, const TableView& view, CsvDialect dialect,
                      const std::atomic<bool>& is_stopping) {
  return spooled(definition, dialect, {}, is_stopping, [&](Spool& spool) -> base::Status {
    for (const TableView::Row& row : view.rows) SALESTREAM_TRY(spool.add(csv_line(row.cells, definition, dialect)));
    return {};
  });
}

http::Response csv_from_store(const core::TotalsTable& definition, store::TableIndex table, store::Store& store,
                              CsvDialect dialect, const std::atomic<bool>& is_stopping, const DownloadLimits& limits) {
  return spooled(definition, dialect, limits, is_stopping, [&](Spool& spool) -> base::Status {
    SALESTREAM_ASSIGN(const auto inspection, store.inspect());
    return inspection->scan_totals(table, [&](std::span<const store::StoredTotals> rows) -> base::Status {
      SALESTREAM_TRY(spool.check());
      SALESTREAM_TRY(store::check_readable(store, definition, rows));
      for (const store::StoredTotals& row : rows)
        SALESTREAM_TRY(spool.add(csv_line(results::cells_of(definition, row), definition, dialect)));
      return {};
    });
  });
}

}  // namespace salestream::web
