// SPDX-License-Identifier: Apache-2.0
// The interface to where totals live. A Store is one pipeline's place in one database; a Session is one thread's
// connection to it. Every adapter passes the contract test in store/contract_test.h.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "store/resends.h"

namespace salestream::store {

// A totals table by its place in Definition::totals.
using TableIndex = std::uint32_t;

// A cell is a per-partition partial aggregate: what one partition adds to one totals row. A totals row is the sum of
// its cells.
struct CellWrite {
  std::string_view key;
  core::PartitionId partition = 0;
  core::Cell cell;
};

// One cell of one of the keys that were asked for.
struct KeyedCell {
  std::uint32_t key_index = 0;  // place in the keys asked for
  core::PartitionId partition = 0;
  core::Cell cell;
};

// What a page has at most: rows, and bytes of their keys. 0: any.
struct PageLimit {
  std::size_t rows = 0;
  std::size_t bytes = 0;
};

struct TotalsPage {
  std::vector<core::TotalsRow> rows;  // by the table's first measure, greatest first, then by key
  std::int64_t all_rows = 0;          // in the table
  // Over all rows of the table, those included that a limit left out; nothing when it does not fit.
  std::optional<core::Measures> sum = core::Measures{};
};

// The steps of a flush, in the order that engine/flush.cc takes them; each durable before the next, or all of them in
// one transaction. Exists only inside Session::flush. At most kMaxRowsPerStep rows a call.
class FlushSteps {
 public:
  static constexpr std::size_t kMaxRowsPerStep = 2000;

  virtual ~FlushSteps() = default;

  virtual base::Status write_rejects(std::span<const core::Reject> rejects) = 0;

  // A stored cell is overwritten only by one with a greater `applied_through`.
  virtual base::Status write_cells(TableIndex table, std::span<const CellWrite> cells) = 0;

  // All partitions' cells of these keys, each given once, as they are in the store now, appended to `out` in any order.
  virtual base::Status read_cells(TableIndex table, std::span<const std::string_view> keys,
                                  std::vector<KeyedCell>& out) = 0;

  // A stored row is overwritten only by one of the same or a greater version.
  virtual base::Status write_totals(TableIndex table, std::span<const core::TotalsRow> rows) = 0;

  // Progress never goes back: a stored next_offset is overwritten only by a greater one.
  virtual base::Status write_progress(std::span<const core::PartitionProgress> progress) = 0;
};

// One thread's connection.
class Session {
 public:
  virtual ~Session() = default;

  virtual base::Result<std::vector<core::PartitionProgress>> read_progress() = 0;

  // One partition's cells of these keys, each given once: one entry a key, nothing where the store has none.
  virtual base::Status read_partition_cells(TableIndex table, core::PartitionId partition,
                                            std::span<const std::string_view> keys,
                                            std::vector<std::optional<core::Cell>>& out) = 0;

  // Runs `steps`. Where the database has transactions the steps are one: an error leaves nothing behind. A retriable
  // error means that the same flush may be tried again, as a whole; every step is idempotent.
  virtual base::Status flush(const std::function<base::Status(FlushSteps&)>& steps) = 0;

  // The first rows, as many as the limit allows.
  virtual base::Result<TotalsPage> read_totals(TableIndex table, PageLimit limit) = 0;

  // Rejected messages, oldest first, at most `limit`.
  virtual base::Result<std::vector<core::Reject>> read_rejects(std::size_t limit) = 0;
};

// What another program has put where something else belongs.
struct Unreadable {
  std::string column;  // the first such
  std::string found;   // for people
};

// A cell with its own key.
struct StoredCell {
  std::string key;
  core::PartitionId partition = 0;
  core::Cell cell;                            // without what can't be read
  std::optional<Unreadable> unreadable = {};  // nothing: all of it was read
};

// A totals row, likewise.
struct StoredTotals : core::TotalsRow {
  std::optional<Unreadable> unreadable = {};
};

// Which rejected messages to look at.
struct RejectFilter {
  std::optional<core::PartitionId> partition;
  core::Offset from = std::numeric_limits<core::Offset>::min();  // offsets [from, end)
  core::Offset end = std::numeric_limits<core::Offset>::max();
  std::optional<core::RejectReason> reason;
  std::size_t limit = 0;  // 0: all
};

// Everything in the store, to be compared with something else. Reads only, one thread, memory bounded
// by a page: an error of `on_page` ends a scan and is what it returns.
class Inspection {
 public:
  virtual ~Inspection() = default;

  // Whether all that is read here is of one moment. Otherwise a run may be writing meanwhile, and what is read later
  // may be newer, in the order of a flush: so progress is to be read first, then rejected messages, cells and totals.
  virtual bool is_snapshot() const = 0;

  virtual base::Result<std::vector<core::PartitionProgress>> read_progress() = 0;

  // By partition, then by offset.
  virtual base::Status scan_rejects(const RejectFilter& filter,
                                    const std::function<base::Status(std::span<const core::Reject>)>& on_page) = 0;

  // In any order. A row that can't be read is no error: it says so.
  virtual base::Status scan_cells(TableIndex table,
                                  const std::function<base::Status(std::span<const StoredCell>)>& on_page) = 0;
  virtual base::Status scan_totals(TableIndex table,
                                   const std::function<base::Status(std::span<const StoredTotals>)>& on_page) = 0;

  // A key as it is now: all its cells, then its totals row, with the table's own measures.
  struct KeyContent {
    std::vector<StoredCell> cells;
    std::optional<core::Measures> totals;
    std::optional<Unreadable> unreadable_totals;  // then they are there
  };
  virtual base::Result<KeyContent> read_key(TableIndex table, std::string_view key) = 0;
};

// Who fills the totals tables of a pipeline. Spark writes to no others: it keeps its progress by itself.
enum class Engine : std::uint8_t { kSalestream, kSpark };

// What a store holds is tied to these: with another pipeline, definition or source it refuses.
struct Identity {
  core::Definition definition;
  std::string source;  // source::Source::identity()
};

// What a store was counted with, where it is shown as it is.
struct AsStored {
  Identity identity;
  std::string difference;  // from what the store was made with, in one line for people; empty: none
};

struct OpenOptions {
  // Totals that Spark has filled are counted again from the beginning, as a new generation, instead of being refused.
  bool take_over_from_spark = false;
};

// Rows of a totals table.
struct TotalsKeys {
  TableIndex table = 0;
  std::vector<std::string> keys;
};

class Store {
 public:
  virtual ~Store() = default;

  // For messages: "sqlite:sales.db".
  virtual std::string where() const = 0;

  // The statements by which init() makes all there is, a statement each, in order. Asks no database.
  virtual base::Result<std::vector<std::string>> schema() const = 0;

  // Makes what is not there yet; harmless when all is. Says what it made, a line each.
  virtual base::Result<std::vector<std::string>> init() = 0;

  // For `run`: makes what is missing, and makes sure that this pipeline, with this definition and this source, is what
  // the store holds, and that no other run is writing where two can't.
  virtual base::Status open_for_run(const OpenOptions& options = {}) = 0;

  // For looking only, to compare with the source or to send again: the store must be there. A changed definition is an
  // error here too.
  virtual base::Status open_for_read() = 0;

  // For showing only: the same, but what is there is shown by the definition that it was counted with, and as of the
  // source that it was counted from, whatever this pipeline's are. From now on the store's identity is what it returns.
  virtual base::Result<AsStored> open_as_stored() {
    return base::failure(where() + ": is no store that can be shown as it is");
  }

  // A connection for one thread; after it was opened in one of these ways. Thread-safe.
  virtual base::Result<std::unique_ptr<Session>> session() = 0;

  // Of what is there now; after it was opened. Thread-safe.
  virtual base::Result<std::unique_ptr<Inspection>> inspect() {
    return base::failure(where() + ": is no store that can be looked at as a whole");
  }

  // Which rejected messages were sent to the topic again; after it was opened. May be written to while a run is
  // writing. Thread-safe.
  virtual base::Result<std::unique_ptr<ResendRecords>> resends() {
    return base::failure(where() + ": keeps no account of rejects that are sent again");
  }

  // For when the process ends: what only reads is to come to its end now, with an error, also what is under way. A
  // store that can't do that lets it be. Thread-safe.
  virtual void interrupt_reading() {}

  // Starts a new generation: cells, totals, progress and rejected messages are as if nothing had ever been read, and
  // the current definition and source are the ones that count. Where nothing is there, nothing is made.
  virtual base::Status reset() = 0;

  // Makes these totals rows what they must be, the sums of their cells as the store has them now, whatever was written
  // to them by hand; one without cells goes. After open_for_read; may be done while a run is writing.
  virtual base::Status repair_totals(std::span<const TotalsKeys>) {
    return base::failure(where() + ": is no store whose totals can be repaired");
  }
  // Whether repair_totals() has to write all rows again to make some of them win, so that a cell that is wrong gets
  // into its row.
  virtual bool repairs_all_totals() const { return false; }
  // Does what is left to do of a repair that was killed; the next run does it too. Whether there was one. After
  // open_for_read.
  virtual base::Result<bool> finish_repair() { return false; }

  // Whether reset() itself is refused while a run is writing. Otherwise its caller asks the source for its readers.
  virtual bool sees_runs() const = 0;

  // After it was opened.
  virtual Engine engine() const { return Engine::kSalestream; }
};

}  // namespace salestream::store
