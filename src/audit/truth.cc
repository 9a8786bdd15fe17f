// SPDX-License-Identifier: Apache-2.0
// The file of `produce --truth` against the store: {"messages": n, …, "tables": {NAME: [{"key": […], "revenue": "1.00",
// "units": "1", "orders": 1}, …]}}.
#include <fmt/format.h>

#include <charconv>

#include "audit/audit.h"
#include "audit/compare.h"
#include "audit/json.h"
#include "store/total_text.h"

namespace salestream::audit {
namespace {

using TotalsRows = ByText<Sums>;  // by key

struct Truth {
  std::int64_t messages = 0, orders = 0, rejects = 0, wrong_totals = 0;
  std::vector<TotalsRows> rows;  // by table
};

class TruthReader {
 public:
  TruthReader(const core::Definition& definition, const std::string& file) : definition_(definition), file_(file) {}

  base::Result<Truth> read(std::string_view text) {
    if (json_.read(text) != JsonFault::kNone || json_.values()[0].kind != JsonKind::kObject)
      return fault("is not JSON as `produce --truth` writes it");
    const std::size_t pipeline = member(0, "pipeline");
    if (pipeline == 0 || json_.view(json_.values()[pipeline].text) != definition_.pipeline)
      return fault(fmt::format("is not the truth of pipeline {}", definition_.pipeline));
    Truth truth;
    for (const auto& [name, into] : {std::pair{"messages", &truth.messages},
                                     {"orders", &truth.orders},
                                     {"rejects", &truth.rejects},
                                     {"wrong_totals", &truth.wrong_totals}})
      if (!integer(member(0, name), *into)) return fault(fmt::format("has no number {}", name));
    const std::size_t tables = member(0, "tables");
    for (const core::TotalsTable& table : definition_.totals) {
      const std::size_t rows = tables == 0 ? 0 : member(tables, table.name);
      if (rows == 0 || json_.values()[rows].kind != JsonKind::kArray)
        return fault(fmt::format("has no table {}", table.name));
      TotalsRows& into = truth.rows.emplace_back();
      for (std::size_t row = rows + 1; row < json_.values()[rows].end; row = json_.values()[row].end)
        if (!add_row(table, row, into)) return fault(fmt::format("has a row of {} that is none", table.name));
    }
    return truth;
  }

 private:
  base::Error fault(const std::string& what) const { return base::failure(fmt::format("--truth {}: {}", file_, what)); }

  // 0: there is none, or `object` is no object.
  std::size_t member(std::size_t object, std::string_view name) const {
    if (json_.values()[object].kind != JsonKind::kObject) return 0;
    for (std::size_t at = object + 1; at < json_.values()[object].end; at = json_.values()[at].end)
      if (json_.view(json_.values()[at].name) == name) return at;
    return 0;
  }

  bool integer(std::size_t at, std::int64_t& out) const {
    if (at == 0 || json_.values()[at].kind != JsonKind::kNumber) return false;
    const std::string_view text = json_.view(json_.values()[at].text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
  }

  bool amount(std::size_t at, Billionths& out) const {
    if (at == 0 || json_.values()[at].kind != JsonKind::kString) return false;
    const auto value = store::parse_total(json_.view(json_.values()[at].text));
    if (value) out = billionths_of(*value);
    return value.has_value();
  }

  bool add_row(const core::TotalsTable& table, std::size_t row, TotalsRows& rows) const {
    const std::size_t key = member(row, "key");
    if (key == 0 || json_.values()[key].kind != JsonKind::kArray) return false;
    std::vector<std::string_view> values;
    for (std::size_t at = key + 1; at < json_.values()[key].end; at = json_.values()[at].end)
      values.push_back(json_.view(json_.values()[at].text));
    Sums sums;
    if (values.size() != table.by.size() || !amount(member(row, "revenue"), sums.revenue) ||
        !amount(member(row, "units"), sums.units) || !integer(member(row, "orders"), sums.orders))
      return false;
    return rows.emplace(core::make_key(values), sums).second;
  }

  const core::Definition& definition_;
  const std::string& file_;
  JsonReader json_;
};

Difference row_difference(const core::TotalsTable& table, const std::string& key) {
  return {table.name, core::split_key(key, table.by.size()), "row", "", "", {}, "not as --truth says"};
}

// `truth` loses the rows that it has in common with the store.
void compare_row(const core::TotalsTable& table, TotalsRows& truth, const store::StoredTotals& stored,
                 DifferenceList& differences) {
  Difference found = row_difference(table, stored.key);
  if (stored.unreadable) {
    found.column = stored.unreadable->column;
    found.stored = stored.unreadable->found;
    const auto expected = truth.find(stored.key);
    found.expected = expected == truth.end() ? kNoRow : sums_text(expected->second);
    if (expected != truth.end()) truth.erase(expected);
    differences.push_back(std::move(found));
    return;
  }
  if (const auto expected = truth.find(stored.key); expected != truth.end()) {
    add_measure_differences(table, expected->second, sums_of(stored.measures), found, differences);
    truth.erase(expected);
    return;
  }
  found.expected = kNoRow;
  found.stored = sums_text(sums_of(stored.measures));
  differences.push_back(std::move(found));
}

void add_lost_rows(const core::TotalsTable& table, const TotalsRows& lost, DifferenceList& differences) {
  for (const auto& [key, expected] : lost) {
    Difference found = row_difference(table, key);
    found.expected = sums_text(expected);
    found.stored = kNoRow;
    differences.push_back(std::move(found));
  }
}

}  // namespace

base::Status compare_truth(const core::Definition& definition, store::Store& store, const std::string& file,
                           std::string_view text, std::size_t most_listed, Report& report) {
  SALESTREAM_ASSIGN(Truth truth, TruthReader(definition, file).read(text));
  SALESTREAM_ASSIGN(const auto inspection, store.inspect());
  const std::int64_t before = report.differences.count();
  DifferenceList of_progress;
  core::Counters counters;
  std::int64_t rejects = 0;
  SALESTREAM_ASSIGN(const auto progress, inspection->read_progress());
  for (const core::PartitionProgress& each : progress) {
    counters.messages += each.counters.messages;
    counters.orders += each.counters.orders;
    counters.wrong_totals += each.counters.wrong_totals;
    rejects += each.counters.all_rejects();
  }
  for (const auto& [name, expected, found] : {std::tuple{"messages", truth.messages, counters.messages},
                                              {"orders", truth.orders, counters.orders},
                                              {"rejects", truth.rejects, rejects},
                                              {"wrong_totals", truth.wrong_totals, counters.wrong_totals}})
    if (expected != found)
      of_progress.push_back(
          {"progress", {}, name, std::to_string(expected), std::to_string(found), {}, "not as --truth says"});
  report.differences.append(std::move(of_progress));
  for (store::TableIndex index = 0; index < definition.totals.size(); ++index) {
    const core::TotalsTable& table = definition.totals[index];
    TotalsRows& rows = truth.rows[index];
    report.truth_rows += static_cast<std::int64_t>(rows.size());
    DifferenceList differences;
    differences.keep_at_most(most_listed);
    SALESTREAM_TRY(inspection->scan_totals(index, [&](std::span<const store::StoredTotals> page) -> base::Status {
      for (const store::StoredTotals& row : page) compare_row(table, rows, row, differences);
      return {};
    }));
    add_lost_rows(table, rows, differences);
    differences.sort();
    report.differences.append(std::move(differences));
  }
  report.truth_file = file;
  report.truth_differences = report.differences.count() - before;
  return {};
}

}  // namespace salestream::audit
