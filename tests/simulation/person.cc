// SPDX-License-Identifier: Apache-2.0
#include "person.h"

#include <algorithm>
#include <string>

#include "store_view.h"

namespace salestream::simulation {
namespace {

constexpr InstanceId kSession = 99;  // of cqlsh: its writes are never taken back
constexpr InstanceId kFirstRepair = 100;
constexpr std::size_t kMostRepairs = 8;  // before the last one
constexpr std::int64_t kHourUs = 3'600'000'000;
constexpr std::int64_t kPauseUs = 3'000;

}  // namespace

// Every clock is up to an hour off.
std::unique_ptr<InstanceStore> Person::machine() {
  return std::make_unique<InstanceStore>(store_, random_.between(-3'600, 3'600) * 1'000'000LL, 4);
}

const char* Person::act() {
  switch (random_.below(8)) {
    case 0:
      if (Repair* const repair = any_repair()) {
        scheduler_.kill(repair->id);
        store_.cluster.forget_killed(repair->id);
        repair->has_ended = true;
        return "a repair is killed";
      }
      break;
    case 1:
      if (Repair* const repair = any_repair()) {
        const bool is_frozen = scheduler_.is_frozen(repair->id);
        is_frozen ? scheduler_.thaw(repair->id) : scheduler_.freeze(repair->id);
        return is_frozen ? "a repair thaws" : "a repair is frozen";
      }
      break;
    case 2:
    case 3:
    case 4:
      if (!only_repairs_) return edit();
      break;
    default: break;
  }
  if (repairs_.size() == kMostRepairs) return "nobody repairs any more";
  begin_repair();
  return "a repair begins";
}

const char* Person::edit() {
  ++edits_under_way_;
  // A base is hours ahead of the clock, and until the clock has caught up, nothing that is written by hand wins.
  if (random_.one_in(3)) scheduler_.pass_us(random_.between(0, 40) * kHourUs);
  const Case& the_case = store_.parts.the_case;
  const auto table = random_.below(static_cast<std::uint32_t>(the_case.keys.size()));
  const auto& keys = the_case.keys[table];
  std::string key = keys[random_.below(static_cast<std::uint32_t>(keys.size()))];
  std::optional<core::Measures> measures;
  const char* what = "a totals row is deleted by hand";
  if (!random_.one_in(3)) {
    what = "a totals row is written by hand";
    measures = core::Measures{core::Decimal::from_integer(1000), core::Decimal::from_integer(random_.between(0, 9)), 7};
    if (random_.one_in(3)) key = table == 0 ? "nobody sells that" : core::make_key({"ana", "nobody sells that"});
  }
  const store::TimestampUs at_us = scheduler_.now_us() + random_.between(-3'600, 3'600) * 1'000'000LL;
  sessions_.push_back(machine());
  scheduler_.spawn(kSession, [this, session = sessions_.back().get(), table, key, measures, at_us] {
    // Until two replicas have it: what only one has, no later scan need see.
    while (!session->write_by_hand(table, key, measures, at_us).ok()) scheduler_.sleep(kPauseUs);
    --edits_under_way_;
    ++edits_;
  });
  return what;
}

void Person::begin_repair() {
  repairs_.push_back(
      std::make_unique<Repair>(Repair{kFirstRepair + static_cast<InstanceId>(repairs_.size()), machine(), edits_}));
  scheduler_.spawn(repairs_.back()->id, [this, repair = repairs_.back().get()] {
    auto begun = repair->store->begin_repair();
    for (; !begun.ok(); begun = repair->store->begin_repair()) scheduler_.sleep(kPauseUs);
    repair->totals_base_us = begun->totals_base_us;
    while (!repair->store->finish_repair().ok()) scheduler_.sleep(kPauseUs);
    repair->has_ended = true;
  });
}

Person::Repair* Person::any_repair() {
  std::vector<Repair*> all;
  for (const auto& repair : repairs_)
    if (!repair->has_ended) all.push_back(repair.get());
  return all.empty() ? nullptr : random_.of(all.data(), all.size());
}

void Person::thaw_repairs() {
  for (const auto& repair : repairs_) scheduler_.thaw(repair->id);
}

bool Person::is_busy() const {
  return edits_under_way_ > 0 ||
         std::any_of(repairs_.begin(), repairs_.end(), [](const auto& repair) { return !repair->has_ended; });
}

bool Person::has_decided(store::Generation totals) const {
  return std::any_of(repairs_.begin(), repairs_.end(), [&](const auto& repair) {
    return repair->edits == edits_ && repair->totals_base_us == totals.base_us;
  });
}

bool Person::needs_repair() const {
  if (edits_ == 0) return false;
  const StoreView view(store_, 0, 1);
  return !view.is_cleared() || !has_decided(view.totals());
}

bool Person::can_be_finished() const {
  const StoreView view(store_, 0, 1);
  return !view.is_cleared() && has_decided(view.totals());
}

}  // namespace salestream::simulation
