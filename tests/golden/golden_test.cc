// SPDX-License-Identifier: Apache-2.0
// Runs every case of this folder (README.md says what is in one) through the real pipeline file, file source, engine
// and SQLite store, and compares every row to the last digit.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/pipeline_file.h"
#include "engine/pipeline.h"
#include "source/file.h"
#include "store_sqlite/sqlite.h"

namespace salestream {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = SALESTREAM_SOURCE_DIR;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> cases() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(kSource / "tests" / "golden"))
    if (entry.is_directory()) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

fs::path pipeline_of(const fs::path& directory) {
  if (fs::exists(directory / "pipeline.yaml")) return directory / "pipeline.yaml";
  std::string named = read_file(directory / "pipeline.ref");
  named.erase(named.find_last_not_of(" \n\r") + 1);
  return kSource / named;
}

// RFC 4180.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
        row.back() += '"';
        ++i;
      } else if (c == '"') {
        is_quoted = false;
      } else {
        row.back() += c;
      }
    } else if (c == '"') {
      is_quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(row);
      row.assign(1, "");
    } else {
      row.back() += c;
    }
  }
  return rows;
}

// A row as text, numbers in one form each.
std::string shown(const core::TotalsTable& table, const core::TotalsRow& row) {
  const std::vector<std::string> key = core::split_key(row.key, table.by.size());
  std::string text;
  for (const core::Column& column : table.columns) {
    text += text.empty() ? "" : "|";
    if (const auto* dimension = std::get_if<core::Dimension>(&column.shows)) {
      const auto place = std::find(table.by.begin(), table.by.end(), *dimension) - table.by.begin();
      text += key.at(static_cast<std::size_t>(place));
    } else {
      switch (std::get<core::Measure>(column.shows)) {
        case core::Measure::kRevenue: text += core::to_string(row.measures.revenue, 0); break;
        case core::Measure::kUnits: text += core::to_string(row.measures.units, 0); break;
        case core::Measure::kOrders: text += std::to_string(row.measures.orders); break;
      }
    }
  }
  return text;
}

std::string shown(const core::TotalsTable& table, const std::vector<std::string>& csv_row) {
  std::string text;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool is_decimal = std::holds_alternative<core::Measure>(table.columns[i].shows);
    text += (i == 0 ? "" : "|") +
            (is_decimal ? core::to_string(core::parse_number(csv_row.at(i)).value, 0) : csv_row.at(i));
  }
  return text;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, TotalsAndRejectsAreExact) {
  const fs::path directory = GetParam();
  const auto file = config::load_pipeline_file(pipeline_of(directory).string(),
                                               [](std::string_view) { return std::optional<std::string>(); });
  ASSERT_TRUE(file.ok()) << file.error().message;

  char temporary[] = "/tmp/salestream_golden_XXXXXX";
  ASSERT_NE(::mkdtemp(temporary), nullptr);
  const std::string orders = (directory / "orders.jsonl").string();
  auto source = source::make_file_source({orders, false}, file->definition);
  ASSERT_TRUE(source.ok());
  const auto store =
      store::make_sqlite_store({std::string(temporary) + "/golden.db"}, {file->definition, (*source)->identity()});
  ASSERT_TRUE(store->open_for_run().ok());
  engine::Pipeline pipeline(file->definition, **source, *store, {{}, true});
  const auto status = pipeline.run();
  ASSERT_TRUE(status.ok()) << status.error().message;

  auto session = store->session();
  ASSERT_TRUE(session.ok());
  for (std::size_t i = 0; i < file->definition.totals.size(); ++i) {
    const core::TotalsTable& table = file->definition.totals[i];
    SCOPED_TRACE(table.name);
    const auto page = (*session)->read_totals(static_cast<store::TableIndex>(i), {});
    ASSERT_TRUE(page.ok());
    const auto expected = parse_csv(read_file(directory / ("totals." + table.name + ".csv")));
    ASSERT_FALSE(expected.empty()) << "no totals." << table.name << ".csv";
    std::vector<std::string> header, want, have;
    for (const core::Column& column : table.columns) header.push_back(column.name);
    EXPECT_EQ(expected.front(), header);
    for (std::size_t row = 1; row < expected.size(); ++row) want.push_back(shown(table, expected[row]));
    for (const core::TotalsRow& row : page->rows) have.push_back(shown(table, row));
    EXPECT_EQ(have, want);
  }

  const std::string text = read_file(orders);
  std::string rejects;
  const auto kept = (*session)->read_rejects(100'000);
  ASSERT_TRUE(kept.ok());
  for (const core::Reject& reject : *kept) {
    const auto before = text.begin() + reject.offset;
    rejects += std::to_string(std::count(text.begin(), before, '\n') + 1) + " " + core::name_of(reject.reason) + "\n";
    const auto line_end = text.find('\n', static_cast<std::size_t>(reject.offset));
    EXPECT_EQ(reject.message,
              text.substr(static_cast<std::size_t>(reject.offset), line_end - static_cast<std::size_t>(reject.offset)));
  }
  EXPECT_EQ(rejects, read_file(directory / "rejects.txt"));
  fs::remove_all(temporary);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.filename().string(); });

}  // namespace
}  // namespace salestream
