// SPDX-License-Identifier: Apache-2.0
// A source of orders that grows while it is read, and what its totals must be in
// the end: added up here as each message is made, past the decoder and the decimals of the program. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/cell.h"
#include "core/definition.h"
#include "core/message.h"
#include "core/order.h"
#include "random.h"

namespace salestream::simulation {

inline constexpr int kMaxPartitions = 4;
inline constexpr std::uint32_t kMaxTables = 2;
inline constexpr std::uint32_t kMaxKeys = 6;  // of a table
inline constexpr int kMaxMessages = 32;       // of a partition

// A definition, and its tables' keys by their place.
struct Case {
  core::Definition definition;
  std::vector<std::vector<std::string>> keys;  // by table

  std::optional<std::uint32_t> key_index(std::uint32_t table, std::string_view key) const;
};

// The definitions that schedules choose from: one table; two tables, one of them by client and product; one table where
// orders are deduplicated; the two tables once more, of orders that change.
const std::vector<Case>& cases();

struct LoggedMessage {
  core::Offset offset = 0;
  std::string payload;
  bool is_null = false;
  std::optional<core::RejectReason> reject;
  int order_id = 0;  // 0: no order
};

class History {
 public:
  History(const Case& the_case, int partitions) : case_(the_case), partitions_(static_cast<std::size_t>(partitions)) {}

  int partitions() const { return static_cast<int>(partitions_.size()); }
  const std::vector<LoggedMessage>& messages(core::PartitionId p) const { return at(p).messages; }
  const LoggedMessage* find(core::PartitionId p, core::Offset offset) const;  // null: none has that offset
  core::Offset end(core::PartitionId p) const;
  bool has_room(core::PartitionId p) const { return at(p).messages.size() < kMaxMessages && end(p) < kMaxMessages; }

  void append(core::PartitionId p, Random& random);

  // The truth about everything appended so far.
  const core::Counters& counters(core::PartitionId p) const { return at(p).counters; }
  core::Measures total(std::uint32_t table, std::uint32_t key) const;
  bool has_total(std::uint32_t table, std::uint32_t key) const;
  // The cell whose last message is the one at `applied_through`; nothing where no such cell can be.
  std::optional<core::Measures> cell(std::uint32_t table, std::uint32_t key, core::PartitionId p,
                                     core::Offset through) const;

 private:
  using CellKey = std::pair<std::uint32_t, std::uint32_t>;  // table, key
  struct Partition {
    std::vector<LoggedMessage> messages;
    bool ends_in_marker = false;  // of a transaction: an offset behind the last message, and no message
    core::Counters counters;
    std::array<std::array<std::vector<std::pair<core::Offset, core::Measures>>, kMaxKeys>, kMaxTables> cells;
  };
  const Partition& at(core::PartitionId p) const { return partitions_[static_cast<std::size_t>(p)]; }
  struct Item;
  struct Order;
  Order make_order(int order_id, Random& random) const;
  void append_order(Partition& partition, LoggedMessage& message, Random& random);
  void append_change(Partition& partition, LoggedMessage& message, Random& random);
  // `sign`: -1 of what a row was.
  void count(Partition& partition, core::Offset offset, const Order& order, int sign);

  const Case& case_;
  std::vector<Partition> partitions_;
};

}  // namespace salestream::simulation
