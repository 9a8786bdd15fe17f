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
  std::set<Place> rows, keys_of_cells;
  std::int64_t cells = 0;
};

// A row that has not settled was not right at any of the looks of a minute, and to write it again does no damage.
Places places_of(const core::Definition& definition, const Report& report) {
  Places places;
  std::set<std::pair<Place, std::vector<core::PartitionId>>> cells;
  for (const auto* found : {&report.differences, &report.unsettled})
    for (const Difference& each : *found)
      for (store::TableIndex table = 0; table < definition.totals.size(); ++table) {
        const std::string& name = definition.totals[table].name;
        const Place place{table, each.key};
        if (each.table == name) places.rows.insert(place);
        if (each.table != name + "_cells") continue;
        places.keys_of_cells.insert(place);
        cells.emplace(place, each.partitions);
      }
  places.cells = static_cast<std::int64_t>(cells.size());
  return places;
}

// A row as it was at the last look.
struct SuspectRow {
  Place place;
  std::string key;
  std::string was;        // before the repair
  bool is_asked = false;  // for; otherwise a run has written it since the audit
  ExpectedRow expected;
  StoredRow stored;
  std::vector<core::PartitionId> partitions;
  bool is_right = false;
  int same_looks = 0;  // while no flush was under way

  bool is_settled() const { return is_right || same_looks >= kLooksUntilWrong; }
  bool is_repaired() const { return is_asked && is_right; }
  bool is_vain() const { return is_asked && !is_right && is_settled(); }
};

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
    row.expected = sum_of(content.cells);
    row.partitions.clear();
    for (const store::StoredCell& cell : content.cells) row.partitions.push_back(cell.partition);
    row.stored = stored_row_of(content);
    row.is_right = audit::is_right(definition_.totals[index], row.expected, row.stored);
    const bool is_same = before.stored == row.stored && before.expected.sums == row.expected.sums &&
                         !is_ahead(content.cells, next_offsets_);
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
    if (places.keys_of_cells.contains(place)) continue;
    SuspectRow row{place, core::make_key({place.second.begin(), place.second.end()})};
    SALESTREAM_TRY(look.at(row));
    row.was = stored_text(definition.totals[place.first], row.stored);
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

// The report as it is after the repair: all that it said of these rows is said anew.
void say_anew(const core::Definition& definition, const std::vector<SuspectRow>& rows, Report& report) {
  std::map<std::pair<std::string_view, std::vector<std::string>>, const SuspectRow*> by_name;
  for (const SuspectRow& row : rows) by_name[{definition.totals[row.place.first].name, row.place.second}] = &row;
  const auto row_of = [&](const Difference& each) {
    const auto found = by_name.find({each.table, each.key});
    return found == by_name.end() ? nullptr : found->second;
  };
  DifferenceList differences, unsettled;
  for (const Difference& each : report.differences) {
    if (const SuspectRow* const row = row_of(each))
      --report.tables[row->place.first].differences;
    else
      differences.push_back(each);
  }
  std::set<Place> were_unsettled;
  for (const Difference& each : report.unsettled) {
    if (const SuspectRow* const row = row_of(each))
      were_unsettled.insert(row->place);
    else
      unsettled.push_back(each);
  }
  for (const Place& place : were_unsettled) --report.tables[place.first].unsettled_rows;
  for (const SuspectRow& row : rows) {
    const core::TotalsTable& table = definition.totals[row.place.first];
    TableReport& into = report.tables[row.place.first];
    if (row.is_asked) into.rows += (row.stored.sums ? 1 : 0) - (row.was == kNoRow ? 0 : 1);
    if (row.is_right) continue;
    Difference found{table.name, row.place.second, "row", "", "", row.partitions, ""};
    if (!row.is_settled()) {
      ++into.unsettled_rows;
      found.meaning = "repaired, and a run was writing it";
      add_row_differences(table, row.expected, row.stored, std::move(found), unsettled);
      continue;
    }
    found.meaning = "it was written again, in vain";
    const std::int64_t before = differences.count();
    add_row_differences(table, row.expected, row.stored, std::move(found), differences);
    into.differences += differences.count() - before;
  }
  differences.sort();
  unsettled.sort();
  report.differences = std::move(differences);
  report.unsettled = std::move(unsettled);
}

}  // namespace

base::Status repair(const core::Definition& definition, store::Store& store, const Options& options, Report& report) {
  RepairReport& result = report.repair.emplace();
  result.writes_all_rows = store.repairs_all_totals();
  const Places places = places_of(definition, report);
  for (const Place& place : places.rows)
    if (places.keys_of_cells.contains(place)) ++result.left_rows;
  if (places.rows.empty()) return {};
  if (result.writes_all_rows && places.cells > 0) {
    result.left_rows = static_cast<std::int64_t>(places.rows.size());
    result.left_cells = places.cells;
    return {};
  }
  Look look(definition, options, store);
  SALESTREAM_ASSIGN(std::vector<SuspectRow> rows, rows_to_repair(definition, places, look));
  const std::vector<store::TotalsKeys> keys = keys_of(rows);
  if (!keys.empty()) {
    SALESTREAM_TRY(store.repair_totals(keys));
    if (const base::Status looked = look_after_repair(look, options, rows); !looked.ok())
      return base::failure(looked.error().message +
                           ". The rows were written again all the same; audit once more to see whether they are right");
  }
  for (const SuspectRow& row : rows) {
    const core::TotalsTable& table = definition.totals[row.place.first];
    if (row.is_repaired())
      result.rows.push_back({table.name, row.place.second, row.was, stored_text(table, row.stored)});
    if (row.is_vain()) ++result.vain_rows;
  }
  say_anew(definition, rows, report);
  result.looked_again = !rows.empty();
  return {};
}

}  // namespace salestream::audit
