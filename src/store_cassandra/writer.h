// SPDX-License-Identifier: Apache-2.0
// The steps of a flush into Cassandra: each crosses the bridge once, is durable at the consistency level when it
// returns, and changes nothing when it is repeated. Belongs to its session.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "store/timestamps.h"
#include "store_cassandra/values.h"

namespace salestream::store::cassandra {

struct Shared;
struct TableAccess;

// Whether the store has the generation that was opened, or there was a reset. If it is the same, a repair that came
// since then is taken over: Shared::totals().
enum class GenerationNow : std::uint8_t { kSame, kAnother, kGone };
base::Result<GenerationNow> read_generation_now(const Shared& shared);

// An error unless it is the same.
base::Status check_generation(const Shared& shared);

class Writer final : public FlushSteps {
 public:
  explicit Writer(const Shared& shared) : shared_(shared) {}

  base::Status write_rejects(std::span<const core::Reject> rejects) override;
  base::Status write_cells(TableIndex table, std::span<const CellWrite> cells) override;
  base::Status read_cells(TableIndex table, std::span<const std::string_view> keys,
                          std::vector<KeyedCell>& out) override;
  base::Status write_totals(TableIndex table, std::span<const core::TotalsRow> rows) override;
  base::Status write_progress(std::span<const core::PartitionProgress> progress) override;

 private:
  void take_back(const TableAccess& table, Generation base, std::span<const core::TotalsRow> rows);

  const Shared& shared_;
  BoundRows rows_;  // reused, so that its memory is
};

}  // namespace salestream::store::cassandra
