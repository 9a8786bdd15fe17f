// SPDX-License-Identifier: Apache-2.0
// An audit: everything in a store, checked against the source that it was counted from. Works while `run` is running,
// and writes nothing anywhere, unless a repair is asked for. docs/audit.md says what it proves. Called by one thread;
// reads the source with several.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "audit/reader.h"
#include "audit/report.h"
#include "base/result.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::audit {

struct Progress {
  std::int64_t messages = 0;
  double fraction = 0;  // of the offsets that are to be read
};

inline constexpr int kSettleTimeoutMs = 60'000;
inline constexpr std::size_t kMemoryBytes = 64 << 20;

struct Options {
  int workers = 1;
  // Called now and then while the source is read, by the thread that called audit().
  std::function<void(const Progress&)> on_progress;
  // What is said of keys and rejected messages: beyond it, they are in temporary files.
  std::size_t memory_bytes = kMemoryBytes;
  // So many differences are kept in the report, and so many rows that have not settled; 0: all.
  std::size_t most_listed = 0;
  // Between two looks at a totals row that differs, in a store without snapshots, or at a store that did not answer.
  std::chrono::milliseconds look_pause{500};
  // How long rows of a table that a run is writing are looked at again before they stay unsettled.
  std::chrono::milliseconds settle_timeout{kSettleTimeoutMs};
};

// `store` is open for reading. An error: it could not be audited; what was found wrong is in the report.
base::Result<Report> audit(const core::Definition& definition, Reader& reader, store::Store& store,
                           const Options& options);

// Has the store write again, from their cells, the rows that differ or have not settled though their cells are as the
// source has them, and looks at them again: of these rows the report then says what is so after that. The rest is left,
// and named. Writes nothing where all such rows are right. After an error the report is of before, but for `repair`.
base::Status repair(const core::Definition& definition, store::Store& store, const Options& options, Report& report);

// Adds to `report`, which keeps at most `most_listed` differences, what of the store is not as a file of `produce
// --truth` says; `text` is what is in that file.
base::Status compare_truth(const core::Definition& definition, store::Store& store, const std::string& file,
                           std::string_view text, std::size_t most_listed, Report& report);

}  // namespace salestream::audit
