// SPDX-License-Identifier: Apache-2.0
// Records in the order of their keys' bytes, however many there are: an external merge sort. What fits into the limit
// is sorted in memory; beyond it, sorted runs go to temporary files, and are merged while they are read. Records with
// the same key come in any order. However many runs there are, few files are open. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "base/temporary_file.h"

namespace salestream::base {

struct SortedRecord {
  std::string_view key;
  std::string_view value;
};

// A value that is a plain struct, which stays in this process: as memory has it.
template <typename Value>
std::string_view bytes_of(const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
template <typename Value>
Value value_of(std::string_view bytes) {
  SALESTREAM_CHECK(bytes.size() == sizeof(Value));
  Value value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

class ExternalSorter {
 public:
  // True: `a`, and `b` that comes next, can be one record with the key of `a` and this value.
  using Fold = bool (*)(const SortedRecord& a, const SortedRecord& b, std::string& value);

  // Memory is limited to so much, or to some records that are longer. Records are folded on their way to a file, which
  // may be often or never: who reads must get the same from two records as from one.
  explicit ExternalSorter(std::size_t memory_bytes, Fold fold = nullptr);
  ~ExternalSorter();
  ExternalSorter(ExternalSorter&&) noexcept;
  ExternalSorter& operator=(ExternalSorter&&) = delete;

  // Not after begin_reading().
  Status add(std::string_view key, std::string_view value);
  std::int64_t records() const { return records_; }
  bool has_spilled() const { return !levels_.empty(); }
  std::int64_t records_in_files() const { return records_in_files_; }
  // Puts all that is in files into one run, folded.
  Status fold_files();

  // At the first record, also when others were read before.
  Status begin_reading();
  // False: there are no more. What `record` shows lives until the next call.
  Result<bool> next(SortedRecord& record);

 private:
  // The first bytes of a key decide most comparisons.
  struct Entry {
    std::uint64_t prefix = 0;
    const char* at = nullptr;
  };
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  // Where in the file of its level.
  struct Run {
    std::int64_t begin = 0, end = 0;
    std::int64_t records = 0;
  };
  // Runs of the lowest level are of memory, those of another merged from all runs of the level below it. A level is one
  // file, since there may be many sorters, and a process may not open many files.
  struct Level {
    std::optional<TemporaryFile> file;  // when it has runs
    std::vector<Run> runs;
  };
  class Cursor;
  class Merge;
  class RunWriter;

  char* allocate(std::size_t size);
  void sort_memory();
  Status spill();
  Status merge_into_next(std::size_t level);
  Status add_runs(const Level& level, Merge& merge) const;
  Status write_run(Merge& merge, Level& into);
  void remove_runs(Level& level);
  static bool is_before(const Entry& a, const Entry& b);

  Fold fold_;
  std::size_t records_bytes_;  // in memory, as a limit
  std::size_t cursor_bytes_;   // of each run that is read
  std::size_t max_runs_;       // of one level
  std::vector<Block> blocks_;
  std::size_t block_used_ = 0, memory_used_ = 0;
  std::vector<Entry> entries_;
  std::vector<Level> levels_;
  std::int64_t records_ = 0, records_in_files_ = 0;
  bool is_sorted_ = false;
  std::unique_ptr<Merge> merge_;
};

}  // namespace salestream::base
