// SPDX-License-Identifier: Apache-2.0
#include "web/csv_download.h"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/logging.h"
#include "results/table.h"

namespace salestream::web {
namespace {

constexpr std::size_t kWriteBytes = 256 << 10;

bool looks_like_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
}

std::string text_field(std::string_view text, char separator) {
  std::string field = looks_like_formula(text) ? "'" + std::string(text) : std::string(text);
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

base::Status write_to(std::FILE* file, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file) == text.size()) return {};
  return base::failure(fmt::format("writing the download to a temporary file: {}", strerror(errno)));
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

http::Response csv_of(const core::TotalsTable& definition, const TableView& view, CsvDialect dialect) {
  std::string text = csv_header(definition, dialect);
  for (const TableView::Row& row : view.rows) text += csv_line(row.cells, definition, dialect);
  http::Response response = download(definition);
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

http::Response csv_from_store(const core::TotalsTable& definition, store::TableIndex table, store::Store& store,
                              CsvDialect dialect, const std::atomic<bool>& is_stopping) {
  const auto write_all = [&]() -> base::Result<std::shared_ptr<const http::FileBody>> {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    if (file == nullptr)
      return base::failure(fmt::format("making a temporary file for the download: {}", strerror(errno)));
    std::string text = csv_header(definition, dialect);
    SALESTREAM_ASSIGN(const auto inspection, store.inspect());
    const auto write_page = [&](std::span<const core::TotalsRow> rows) -> base::Status {
      if (is_stopping) return base::failure("the run ends");
      for (const core::TotalsRow& row : rows) text += csv_line(results::cells_of(definition, row), definition, dialect);
      if (text.size() < kWriteBytes) return {};
      SALESTREAM_TRY(write_to(file.get(), text));
      text.clear();
      return {};
    };
    SALESTREAM_TRY(inspection->scan_totals(table, write_page));
    SALESTREAM_TRY(write_to(file.get(), text));
    if (std::fflush(file.get()) != 0)
      return base::failure(fmt::format("writing the download to a temporary file: {}", strerror(errno)));
    auto body = std::make_shared<http::FileBody>();
    body->size_bytes = std::ftell(file.get());
    body->file = base::FileDescriptor(dup(fileno(file.get())));
    return std::shared_ptr<const http::FileBody>(std::move(body));
  };
  auto file = write_all();
  if (!file.ok()) {
    base::log_warning("a download from the web page failed: " + file.error().message);
    return http::json_error(503, "the totals can't be read now: " + file.error().message);
  }
  http::Response response = download(definition);
  response.file = *std::move(file);
  return response;
}

}  // namespace salestream::web
