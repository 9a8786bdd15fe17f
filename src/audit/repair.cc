// SPDX-License-Identifier: Apache-2.0
// The repair of totals rows: from what the audit found, and past it. Its cells were compared with the source; so here a
// row is right when it is the sum of its cells as they stand.
#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "audit/audit.h"
#include "audit/compare.h"
#include "audit/looks.h"

namespace salestream::audit {
namespace {

using Place = std::pair<store::TableIndex, std::vector<std::string>>;  // with the values of the key

// Where the report has rows that are not right, and cells that differ.
struct Places {
  std::set<Place> rows, cells;
};

// A row that has not settled was not right at any of the looks of a minute, and to write it again does no damage.
Places places_of(const core::Definition& definition, const Report& report) {
  Places places;
  for (const auto* found : {&report.differences, &report.unsettled})
    for (const Difference& each : *found)
      for (store::TableIndex table = 0; table < definition.totals.size(); ++table) {
        const std::string& name = definition.totals[table].name;
        if (each.table == name) places.rows.emplace(table, each.key);
        if (each.table == name + "_cells") places.cells.emplace(table, each.key);
      }
  return places;
}

// A row as it was at the last look.
struct SuspectRow {
  Place place;
  std::string key;
  std::string was;        // before the repair
  bool is_asked = false;  // for; otherwise a run has written it since the audit
  Sums expected;          // of its cells
  bool has_cells = false;
  std::optional<Sums> stored;
  bool is_right = false;
  int same_looks = 0;  // while no flush was under way

  bool is_settled() const { return is_right || same_looks >= kLooksUntilWrong; }
};

std::string stored_text(const core::TotalsTable& table, const SuspectRow& row) {
  return row.stored ? row_text(table, *row.stored) : kNoRow;
}

class Look {
 public:
  Look(const core::Definition& definition, const Options& options, store::Store& store)
      : definition_(definition), options_(options), store_(store) {}

  base::Status begin() {
    SALESTREAM_ASSIGN(inspection_, ask_store(options_.look_pause, [&] { return store_.inspect(); }));
    SALESTREAM_ASSIGN(const auto progress,
                      ask_store(options_.look_pause, [&] { return inspection_->read_progress(); }));
    next_offsets_ = next_offsets_of(progress);
    return {};
  }

  bool is_snapshot() const { return inspection_->is_snapshot(); }

  base::Status at(SuspectRow& row) const {
    const store::TableIndex index = row.place.first;
    SALESTREAM_ASSIGN(const auto content,
                      ask_store(options_.look_pause, [&] { return inspection_->read_key(index, row.key); }));
    const SuspectRow before = row;
    row.expected = {};
    row.has_cells = !content.cells.empty();
    bool fits = true;
    for (const store::StoredCell& cell : content.cells)
      fits = add_to(row.expected, sums_of(cell.cell.measures)) && fits;
    row.stored = content.totals ? std::optional(sums_of(*content.totals)) : std::nullopt;
    const core::TotalsTable& table = definition_.totals[index];
    row.is_right =
        row.has_cells ? fits && row.stored && shown(table, row.expected) == shown(table, *row.stored) : !row.stored;
    const bool is_same =
        before.stored == row.stored && before.expected == row.expected && !is_ahead(content.cells, next_offsets_);
    row.same_looks = is_same ? row.same_looks + 1 : 0;
    return {};
  }

 private:
  const core::Definition& definition_;
  const Options& options_;
  store::Store& store_;
  std::unique_ptr<store::Inspection> inspection_;
  NextOffsets next_offsets_;
};

// The rows that still are not the sums of their cells.
base::Result<std::vector<SuspectRow>> rows_to_repair(const core::Definition& definition, const Places& places,
                                                     Look& look) {
  std::vector<SuspectRow> rows;
  SALESTREAM_TRY(look.begin());
  for (const Place& place : places.rows) {
    if (places.cells.contains(place)) continue;
    SuspectRow row{place, core::make_key({place.second.begin(), place.second.end()})};
    SALESTREAM_TRY(look.at(row));
    row.was = stored_text(definition.totals[place.first], row);
    row.is_asked = !row.is_right;
    row.same_looks = 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

base::Status look_after_repair(Look& look, const Options& options, std::vector<SuspectRow>& rows) {
  const auto give_up = std::chrono::steady_clock::now() + options.settle_timeout;
  for (;;) {
    SALESTREAM_TRY(look.begin());
    const bool is_snapshot = look.is_snapshot();
    bool is_known = true;
    for (SuspectRow& row : rows) {
      if (row.is_right) continue;
      SALESTREAM_TRY(look.at(row));
      if (is_snapshot) row.same_looks = kLooksUntilWrong;  // no flush is ever half done
      is_known = is_known && row.is_settled();
    }
    if (is_known || is_snapshot || std::chrono::steady_clock::now() >= give_up) return {};
    std::this_thread::sleep_for(options.look_pause);
  }
}

std::vector<store::TotalsKeys> keys_of(const std::vector<SuspectRow>& rows) {
  std::vector<store::TotalsKeys> keys;  // rows are sorted by table
  for (const SuspectRow& row : rows) {
    if (!row.is_asked) continue;
    if (keys.empty() || keys.back().table != row.place.first) keys.push_back({row.place.first, {}});
    keys.back().keys.push_back(row.key);
  }
  return keys;
}

// The report as it is after the repair.
void take_out(const core::Definition& definition, const std::vector<SuspectRow>& rows, Report& report) {
  std::map<std::pair<std::string_view, std::vector<std::string>>, const SuspectRow*> by_name;
  for (const SuspectRow& row : rows) by_name[{definition.totals[row.place.first].name, row.place.second}] = &row;
  const auto row_of = [&](const Difference& each) {
    const auto found = by_name.find({each.table, each.key});
    return found == by_name.end() ? nullptr : found->second;
  };
  DifferenceList differences, unsettled;
  std::set<Place> unsettled_rows;
  for (Difference each : report.differences) {
    const SuspectRow* const row = row_of(each);
    if (row != nullptr && (row->is_right || !row->is_settled())) --report.tables[row->place.first].differences;
    if (row == nullptr || (row->is_settled() && !row->is_right)) {
      differences.push_back(std::move(each));
    } else if (!row->is_right) {
      each.meaning = "repaired, and a run was writing it";
      if (unsettled_rows.insert(row->place).second) ++report.tables[row->place.first].unsettled_rows;
      unsettled.push_back(std::move(each));
    }
  }
  for (const Difference& each : report.unsettled) {
    const SuspectRow* const row = row_of(each);
    if (row == nullptr || !row->is_right)
      unsettled.push_back(each);
    else if (unsettled_rows.insert(row->place).second)
      --report.tables[row->place.first].unsettled_rows;
  }
  report.differences = std::move(differences);
  report.unsettled = std::move(unsettled);
  for (const SuspectRow& row : rows)
    if (row.is_right && row.is_asked)
      report.tables[row.place.first].rows += (row.has_cells ? 1 : 0) - (row.was == kNoRow ? 0 : 1);
}

}  // namespace

base::Status repair(const core::Definition& definition, store::Store& store, const Options& options, Report& report) {
  RepairReport& result = report.repair.emplace();
  const Places places = places_of(definition, report);
  for (const Place& place : places.rows)
    if (places.cells.contains(place)) ++result.left_rows;
  if (places.rows.empty()) return {};
  if (store.repairs_all_totals() && !places.cells.empty()) {
    result.left_rows = static_cast<std::int64_t>(places.rows.size());
    result.left_cells = static_cast<std::int64_t>(places.cells.size());
    return {};
  }
  Look look(definition, options, store);
  SALESTREAM_ASSIGN(std::vector<SuspectRow> rows, rows_to_repair(definition, places, look));
  const std::vector<store::TotalsKeys> keys = keys_of(rows);
  if (!keys.empty()) {
    SALESTREAM_TRY(store.repair_totals(keys));
    SALESTREAM_TRY(look_after_repair(look, options, rows));
  }
  for (const SuspectRow& row : rows) {
    const core::TotalsTable& table = definition.totals[row.place.first];
    if (row.is_asked && row.is_right)
      result.rows.push_back({table.name, row.place.second, row.was, stored_text(table, row)});
  }
  take_out(definition, rows, report);
  return {};
}

}  // namespace salestream::audit
