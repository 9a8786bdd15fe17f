// SPDX-License-Identifier: Apache-2.0
#include "verdict.h"

#include <array>
#include <utility>

#include "store_view.h"

namespace salestream::simulation {
namespace {

class Comparison {
 public:
  Comparison(SimulatedStore& store, const History& history, int replica_a, int replica_b)
      : the_case_(store.parts.the_case), history_(history), view_(store, replica_a, replica_b) {}

  std::string compare() {
    for (std::uint32_t table = 0; table < the_case_.keys.size(); ++table) compare_totals(table);
    for (core::PartitionId p = 0; p < history_.partitions(); ++p) compare_progress(p);
    compare_rejects();
    return first_;
  }

 private:
  void compare_totals(std::uint32_t table) {
    std::array<bool, kMaxKeys> is_there{};
    view_.each_total(table, [&](const StoreView::Total& total) {
      const auto key = the_case_.key_index(table, total.key);
      const std::string name = key ? name_of(table, *key) : "the total of '" + total.key + "'";
      if (!key || !history_.has_total(table, *key)) return fail(name + " stands there and should not");
      is_there[*key] = true;
      const core::Measures truth = history_.total(table, *key);
      if (total.is_former) return fail(name + " is of a former generation");
      if (!total.measures) return fail(name + " can't be read");
      if (!(*total.measures == truth))
        fail(name + " is " + core::to_string(total.measures->revenue, 2) + " of " +
             std::to_string(total.measures->orders) + " orders and not " + core::to_string(truth.revenue, 2) + " of " +
             std::to_string(truth.orders));
    });
    for (std::uint32_t key = 0; key < the_case_.keys[table].size(); ++key)
      if (history_.has_total(table, key) && !is_there[key]) fail(name_of(table, key) + " is missing");
  }

  static std::string name_of(std::uint32_t table, std::uint32_t key) {
    return "the total of key " + std::to_string(key) + " in table " + std::to_string(table);
  }

  void compare_progress(core::PartitionId p) {
    const auto progress = view_.progress(p);
    const std::string name = "the progress of partition " + std::to_string(p);
    if (!progress) {
      if (!history_.messages(p).empty()) fail(name + " is missing");
      return;
    }
    if (progress->next_offset != history_.end(p))
      fail(name + " is " + std::to_string(progress->next_offset) + " and not " + std::to_string(history_.end(p)));
    else if (!(progress->counters == history_.counters(p)))
      fail("the counters of partition " + std::to_string(p) + " are wrong");
    else if (const LoggedMessage& first = history_.messages(p).front();
             progress->first_offset != first.offset || progress->first_checksum != core::checksum(first.payload))
      fail(name + " does not begin with the first message");
  }

  void compare_rejects() {
    std::array<std::array<bool, kMaxMessages>, kMaxPartitions> is_there{};
    const auto name_of = [](core::PartitionId p, core::Offset offset) {
      return "the reject at " + std::to_string(p) + "/" + std::to_string(offset);
    };
    view_.each_reject([&](const StoreView::KeptReject& kept) {
      const LoggedMessage* const message = history_.find(kept.partition, kept.offset);
      const std::string name = name_of(kept.partition, kept.offset);
      if (message == nullptr || !message->reject) return fail(name + " stands there and should not");
      is_there[static_cast<std::size_t>(kept.partition)][static_cast<std::size_t>(kept.offset)] = true;
      if (kept.reason != core::name_of(*message->reject) || kept.message != message->payload)
        fail(name + " is another one");
    });
    for (core::PartitionId p = 0; p < history_.partitions(); ++p)
      for (const LoggedMessage& message : history_.messages(p))
        if (message.reject && !is_there[static_cast<std::size_t>(p)][static_cast<std::size_t>(message.offset)])
          fail(name_of(p, message.offset) + " is missing");
  }

  void fail(const std::string& difference) {
    if (first_.empty()) first_ = difference;
  }

  const Case& the_case_;
  const History& history_;
  StoreView view_;
  std::string first_;
};

}  // namespace

std::string first_difference(SimulatedStore& store, const History& history) {
  for (const auto& [a, b] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
    if (std::string found = Comparison(store, history, a, b).compare(); !found.empty()) return found;
    if (store.cluster.do_pairs_agree()) break;
  }
  return "";
}

}  // namespace salestream::simulation
