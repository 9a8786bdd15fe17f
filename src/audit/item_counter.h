// SPDX-License-Identifier: Apache-2.0
// Adds up the line items of one partition, message by message in the order of their offsets. One thread at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/key_records.h"
#include "audit/sums.h"
#include "base/result.h"
#include "core/message.h"

namespace salestream::audit {

// Text can be looked up without a copy of it.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// A line item of a message; `sums` has no orders yet.
struct CountedItem {
  core::Offset offset = 0;
  bool is_due = false;         // progress says that it is in the store
  bool is_subtracted = false;  // of the state of an order that is no more; it comes before the one that is
  Sums sums;
};

class ItemCounter {
 public:
  virtual ~ItemCounter() = default;

  virtual base::Status add(store::TableIndex table, std::string_view key, const CountedItem& item) = 0;
  // All items of a message were added.
  virtual base::Status end_message() { return {}; }
  virtual base::Status finish() { return {}; }
};

// Of every key. Up to which message a key is to be counted, its cell says, which is not looked up meanwhile: so what is
// due is added up, and what is not is kept message by message. What memory has no room for goes to the records.
class PartCounter final : public ItemCounter {
 public:
  PartCounter(KeyRecords& records, core::PartitionId partition, std::size_t tables, std::size_t memory_bytes)
      : records_(records), partition_(partition), memory_bytes_(memory_bytes), parts_(tables) {}

  base::Status add(store::TableIndex table, std::string_view key, const CountedItem& item) override;
  base::Status end_message() override { return used_bytes_ > memory_bytes_ ? finish() : base::Status(); }
  base::Status finish() override;

 private:
  KeyRecords& records_;
  const core::PartitionId partition_;
  const std::size_t memory_bytes_;
  std::size_t used_bytes_ = 0;
  std::vector<ByText<CountedPart>> parts_;  // by table
};

// Of the cells that are asked for alone, each up to its `applied_through`.
class CellCounter final : public ItemCounter {
 public:
  CellCounter(store::TableIndex table, core::PartitionId partition) : table_(table), partition_(partition) {}

  // `cell` is counted anew; it outlives the counter.
  void ask_for(std::string_view key, CellAudit& cell);
  base::Status add(store::TableIndex table, std::string_view key, const CountedItem& item) override;

 private:
  const store::TableIndex table_;
  const core::PartitionId partition_;
  ByText<CellAudit*> cells_;
};

}  // namespace salestream::audit
