// SPDX-License-Identifier: Apache-2.0
// What a batch of messages does to a worker's cells: decode, load what is missing, fold. Owned by one worker.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "calendar/windows.h"
#include "core/definition.h"
#include "core/key_fields.h"
#include "core/message.h"
#include "decode/decoder.h"
#include "engine/batch_marks.h"
#include "engine/cell_cache.h"
#include "store/store.h"

namespace salestream::engine {

class Tally {
 public:
  // The definition and the session outlive the tally. The cells of one worker.
  Tally(const core::Definition& definition, store::Session& session, std::int64_t cells_in_memory_bytes);

  // Decodes the batch; the result is good until the next call.
  const decode::DecodedBatch& decode(const core::MessageBatch& batch) { return decoder_.decode(batch); }

  // Folds the orders of a batch's slice that count into their cells. On a retriable error nothing was folded, and the
  // same call may be made again.
  base::Status fold(const core::MessageBatch& batch, const BatchMarks& marks);

  CellCache& cells() { return cells_; }
  const CellCache& cells() const { return cells_; }
  // Cells that were not in memory and had to be looked for in the store, ever.
  std::int64_t misses() const { return misses_; }

 private:
  struct PendingItem {
    CellCache::Slot slot;
    std::uint32_t item;  // place in the decoded batch
    std::int8_t sign;    // of its order
    core::Offset offset;
  };

  bool is_kept(std::string_view product) const { return keep_.empty() || keep_.contains(product); }
  // A line item, and where the values stand that its keys are made of.
  struct Item {
    std::string_view product;
    const decode::DecodedOrder& order;
    const core::KeyValue* order_values;
    const core::KeyValue* item_values;
  };
  std::string_view key_of(const std::vector<core::KeyPart>& by, const Item& item);
  std::string_view value_of(const core::KeyPart& part, const Item& item);
  base::Status load_missing();

  const core::Definition& definition_;
  store::Session& session_;
  decode::Decoder decoder_;
  std::optional<calendar::Windows> windows_;        // where the definition has any
  std::size_t order_values_ = 0, item_values_ = 0;  // how many of each there are
  std::vector<std::vector<core::KeyPart>> by_;      // by table
  CellCache cells_;
  std::int64_t misses_ = 0;
  absl::flat_hash_set<std::string_view> keep_;  // names in the definition
  std::vector<PendingItem> pending_;
  std::string key_;  // of more than one dimension, while it is looked up
};

}  // namespace salestream::engine
