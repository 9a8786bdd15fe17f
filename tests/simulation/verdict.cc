// SPDX-License-Identifier: Apache-2.0
#include "verdict.h"

#include <utility>

namespace salestream::simulation {
namespace {

class Comparison {
 public:
  Comparison(const Cluster& cluster, const Tables& tables, const History& history, const Rules& rules)
      : cluster_(cluster),
        tables_(tables),
        history_(history),
        rules_(rules),
        generation_(current_generation(cluster, tables)) {}

  std::string compare() {
    for (const auto& [a, b] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
      for (std::uint32_t table = 0; table < tables_.the_case.keys.size(); ++table)
        for (std::uint32_t key = 0; key <= Tables::kForeignKey; ++key) compare_total(table, key, a, b);
      for (core::PartitionId p = 0; p < tables_.partitions; ++p) {
        compare_progress(p, a, b);
        compare_rejects(p, a, b);
      }
    }
    return first_;
  }

 private:
  void compare_total(std::uint32_t table, std::uint32_t key, int a, int b) {
    const Row row = cluster_.merged(tables_.total(table, key), a, b);
    const bool is_one = key < tables_.the_case.keys[table].size() && history_.has_total(table, key);
    const std::string name = "the total of key " + std::to_string(key) + " in table " + std::to_string(table);
    if (is_one != row.exists()) {
      fail(name + (is_one ? " is missing" : " stands there and should not"));
    } else if (is_one && !counts(row, generation_, rules_)) {
      fail(name + " is of a former generation");
    } else if (is_one && !(row.measures == history_.total(table, key))) {
      fail(name + " is " + core::to_string(row.measures.revenue, 2) + " of " + std::to_string(row.measures.orders) +
           " orders and not " + core::to_string(history_.total(table, key).revenue, 2) + " of " +
           std::to_string(history_.total(table, key).orders));
    }
  }

  void compare_progress(core::PartitionId p, int a, int b) {
    const Row row = cluster_.merged(tables_.progress(p), a, b);
    const std::string name = "the progress of partition " + std::to_string(p);
    if (!counts(row, generation_, rules_)) {
      if (!history_.messages(p).empty()) fail(name + " is missing");
      return;
    }
    const core::PartitionProgress& progress = tables_.kept_progress[row.extra];
    if (progress.next_offset != history_.end(p))
      fail(name + " is " + std::to_string(progress.next_offset) + " and not " + std::to_string(history_.end(p)));
    else if (!(progress.counters == history_.counters(p)))
      fail("the counters of partition " + std::to_string(p) + " are wrong");
    else if (const LoggedMessage& first = history_.messages(p).front();
             progress.first_offset != first.offset || progress.first_checksum != core::checksum(first.payload))
      fail(name + " does not begin with the first message");
  }

  void compare_rejects(core::PartitionId p, int a, int b) {
    const auto& messages = history_.messages(p);
    auto message = messages.begin();
    for (core::Offset offset = 0; offset < kMaxMessages; ++offset) {
      while (message != messages.end() && message->offset < offset) ++message;
      const bool is_one = message != messages.end() && message->offset == offset && message->reject.has_value();
      const Row row = cluster_.merged(tables_.reject(p, offset), a, b);
      const std::string name = "the reject at " + std::to_string(p) + "/" + std::to_string(offset);
      if (is_one != counts(row, generation_, rules_))
        fail(name + (is_one ? " is missing" : " stands there and should not"));
      else if (is_one && (tables_.kept_rejects[row.extra].reason != *message->reject ||
                          tables_.kept_rejects[row.extra].message != message->payload))
        fail(name + " is another one");
    }
  }

  void fail(const std::string& difference) {
    if (first_.empty()) first_ = difference;
  }

  const Cluster& cluster_;
  const Tables& tables_;
  const History& history_;
  const Rules& rules_;
  const store::Generation generation_;
  std::string first_;
};

}  // namespace

store::Generation current_generation(const Cluster& cluster, const Tables& tables) {
  return {cluster.merged(tables.generation(), 0, 1).timestamp_us};
}

bool counts(const Row& row, store::Generation generation, const Rules& rules) {
  return row.exists() && (!rules.ignores_former_generations || store::belongs_to(generation, row.timestamp_us));
}

std::string first_difference(const Cluster& cluster, const Tables& tables, const History& history, const Rules& rules) {
  return Comparison(cluster, tables, history, rules).compare();
}

}  // namespace salestream::simulation
