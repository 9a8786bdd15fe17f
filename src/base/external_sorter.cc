// SPDX-License-Identifier: Apache-2.0
#include "base/external_sorter.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/check.h"

namespace salestream::base {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10, kWriteBytes = 256 << 10;
constexpr std::size_t kMaxMergeBytes = 8 << 20;
constexpr std::size_t kMinCursorBytes = 4 << 10, kMaxCursorBytes = 64 << 10;
constexpr std::size_t kMinRuns = 4, kMaxRuns = 64;

// A record, in memory and in a run: the lengths of key and value, then both.
struct Lengths {
  std::uint32_t key = 0, value = 0;
  std::size_t all() const { return sizeof(Lengths) + key + value; }
};

Lengths lengths_at(const char* at) {
  Lengths lengths;
  std::memcpy(&lengths, at, sizeof lengths);
  return lengths;
}

SortedRecord record_at(const char* at) {
  const Lengths lengths = lengths_at(at);
  const char* const bytes = at + sizeof(Lengths);
  return {{bytes, lengths.key}, {bytes + lengths.key, lengths.value}};
}

std::uint64_t prefix_of(std::string_view key) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i)
    prefix = prefix << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  return prefix;
}

}  // namespace

// Writes records in their order, and folds those that can be folded.
class ExternalSorter::RunWriter {
 public:
  // At the end of `file`.
  RunWriter(TemporaryFile& file, Fold fold) : file_(file), fold_(fold) { run_.begin = file.size_bytes(); }

  Status add(const char* at) {
    if (fold_ == nullptr) return write({at, lengths_at(at).all()});
    const SortedRecord record = record_at(at);
    if (has_last_ && fold_({last_key_, last_value_}, record, folded_)) {
      last_value_.swap(folded_);
      return {};
    }
    SALESTREAM_TRY(write_last());
    last_key_ = record.key;
    last_value_ = record.value;
    has_last_ = true;
    return {};
  }
  Result<Run> finish() {
    SALESTREAM_TRY(write_last());
    SALESTREAM_TRY(write_bytes());
    run_.end = file_.size_bytes();
    return run_;
  }

 private:
  Status write_last() {
    if (!std::exchange(has_last_, false)) return {};
    const Lengths lengths{static_cast<std::uint32_t>(last_key_.size()), static_cast<std::uint32_t>(last_value_.size())};
    bytes_ += bytes_of(lengths);
    bytes_ += last_key_;
    return write(last_value_);
  }
  // The end of a record, if not all of it.
  Status write(std::string_view bytes) {
    bytes_ += bytes;
    ++run_.records;
    return bytes_.size() < kWriteBytes ? Status() : write_bytes();
  }
  Status write_bytes() {
    const Status written = file_.append(bytes_);
    bytes_.clear();
    return written;
  }

  TemporaryFile& file_;
  const Fold fold_;
  Run run_;
  std::string bytes_;
  bool has_last_ = false;  // of a record that the next one may be folded into
  std::string last_key_, last_value_, folded_;
};

// Where a run is read.
class ExternalSorter::Cursor {
 public:
  Cursor(const TemporaryFile& file, const Run& run, std::size_t buffer_bytes)
      : file_(&file), buffer_bytes_(buffer_bytes), next_(run.begin), file_end_(run.end) {}

  // False: at the end.
  Result<bool> advance() {
    begin_ = end_;
    if (!has(sizeof(Lengths))) {
      SALESTREAM_TRY(fill(sizeof(Lengths)));
      if (!has(sizeof(Lengths))) return false;
    }
    const std::size_t size = lengths_at(at()).all();
    if (!has(size)) SALESTREAM_TRY(fill(size));
    end_ = begin_ + size;
    return true;
  }
  const char* at() const { return buffer_.data() + begin_; }

 private:
  bool has(std::size_t size) const { return filled_ - begin_ >= size; }

  // More of the run, so that so many bytes are there, unless the run ends before.
  Status fill(std::size_t size) {
    const std::size_t kept = filled_ - begin_;
    if (buffer_.size() < std::max(size, buffer_bytes_)) buffer_.resize(std::max(size, buffer_bytes_));
    std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
    const auto left = static_cast<std::size_t>(file_end_ - next_);
    const std::size_t more = std::min(buffer_.size() - kept, left);
    SALESTREAM_TRY(file_->read(next_, {buffer_.data() + kept, more}));
    next_ += static_cast<std::int64_t>(more);
    begin_ = end_ = 0;
    filled_ = kept + more;
    return {};
  }

  const TemporaryFile* file_;
  std::size_t buffer_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0, filled_ = 0;  // the record, and what was read
  std::int64_t next_, file_end_;                  // where the file is read next, and the run's end there
};

// The least record of several runs and of memory, again and again.
class ExternalSorter::Merge {
 public:
  explicit Merge(std::span<const Entry> memory) : memory_(memory) {}

  Status add(const TemporaryFile& file, const Run& run, std::size_t buffer_bytes) {
    cursors_.push_back(std::make_unique<Cursor>(file, run, buffer_bytes));
    return push(cursors_.back().get());
  }

  // It stays until the next call. nullptr: there are no more.
  Result<const char*> next() {
    if (last_ != nullptr) SALESTREAM_TRY(push(std::exchange(last_, nullptr)));
    if (!memory_.empty() && (heap_.empty() || !is_before(heap_.front().entry, memory_.front()))) {
      const char* const at = memory_.front().at;
      memory_ = memory_.subspan(1);
      return at;
    }
    if (heap_.empty()) return static_cast<const char*>(nullptr);
    std::pop_heap(heap_.begin(), heap_.end(), is_after);
    last_ = heap_.back().cursor;
    heap_.pop_back();
    return last_->at();
  }

 private:
  struct Head {
    Entry entry;
    Cursor* cursor;
  };
  static bool is_after(const Head& a, const Head& b) { return is_before(b.entry, a.entry); }

  Status push(Cursor* cursor) {
    SALESTREAM_ASSIGN(const bool more, cursor->advance());
    if (!more) return {};
    heap_.push_back({{prefix_of(record_at(cursor->at()).key), cursor->at()}, cursor});
    std::push_heap(heap_.begin(), heap_.end(), is_after);
    return {};
  }

  std::span<const Entry> memory_;  // those that are left
  std::vector<std::unique_ptr<Cursor>> cursors_;
  std::vector<Head> heap_;
  Cursor* last_ = nullptr;  // whose record was taken
};

ExternalSorter::ExternalSorter(std::size_t memory_bytes, Fold fold) : fold_(fold) {
  const std::size_t merge_bytes = std::min(memory_bytes / 2, kMaxMergeBytes);
  records_bytes_ = memory_bytes - merge_bytes;
  // Half of it is for runs of further levels.
  max_runs_ = std::clamp(merge_bytes / 2 / kMinCursorBytes, kMinRuns, kMaxRuns);
  cursor_bytes_ = std::clamp(merge_bytes / 2 / max_runs_, kMinCursorBytes, kMaxCursorBytes);
}
ExternalSorter::~ExternalSorter() = default;
ExternalSorter::ExternalSorter(ExternalSorter&&) noexcept = default;

bool ExternalSorter::is_before(const Entry& a, const Entry& b) {
  return a.prefix != b.prefix ? a.prefix < b.prefix : record_at(a.at).key < record_at(b.at).key;
}

char* ExternalSorter::allocate(std::size_t size) {
  if (blocks_.empty() || blocks_.back().size - block_used_ < size) {
    const std::size_t block = std::max(size, std::min(kBlockBytes, records_bytes_ / 4));
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(block), block});
    memory_used_ += block;
    block_used_ = 0;
  }
  char* const at = blocks_.back().bytes.get() + block_used_;
  block_used_ += size;
  return at;
}

Status ExternalSorter::add(std::string_view key, std::string_view value) {
  SALESTREAM_CHECK(!is_sorted_);
  const Lengths lengths{static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())};
  // While entries_ grows, it is there twice.
  const bool grows = entries_.size() == entries_.capacity();
  const std::size_t of_entries = entries_.capacity() * sizeof(Entry) * (grows ? 3 : 1);
  const bool has_room = !blocks_.empty() && blocks_.back().size - block_used_ >= lengths.all();
  if (!entries_.empty() && memory_used_ + (has_room ? 0 : lengths.all()) + of_entries > records_bytes_)
    SALESTREAM_TRY(spill());
  char* const at = allocate(lengths.all());
  std::memcpy(at, &lengths, sizeof lengths);
  if (!key.empty()) std::memcpy(at + sizeof lengths, key.data(), key.size());
  if (!value.empty()) std::memcpy(at + sizeof lengths + key.size(), value.data(), value.size());
  entries_.push_back({prefix_of(key), at});
  ++records_;
  return {};
}

void ExternalSorter::sort_memory() { std::sort(entries_.begin(), entries_.end(), is_before); }

Status ExternalSorter::spill() {
  sort_memory();
  if (levels_.empty()) levels_.emplace_back();
  Merge memory(entries_);
  SALESTREAM_TRY(write_run(memory, levels_.front()));
  entries_.clear();
  blocks_.clear();
  memory_used_ = block_used_ = 0;
  for (std::size_t level = 0; level < levels_.size(); ++level)
    if (levels_[level].runs.size() >= max_runs_) SALESTREAM_TRY(merge_into_next(level));
  return {};
}

Status ExternalSorter::merge_into_next(std::size_t level) {
  if (level + 1 == levels_.size()) levels_.emplace_back();
  Merge merge({});
  SALESTREAM_TRY(add_runs(levels_[level], merge));
  SALESTREAM_TRY(write_run(merge, levels_[level + 1]));
  remove_runs(levels_[level]);
  return {};
}

void ExternalSorter::remove_runs(Level& level) {
  for (const Run& run : level.runs) records_in_files_ -= run.records;
  level = {};
}

Status ExternalSorter::fold_files() {
  if (levels_.empty()) return {};
  Merge merge({});
  for (const Level& level : levels_) SALESTREAM_TRY(add_runs(level, merge));
  Level folded;
  SALESTREAM_TRY(write_run(merge, folded));
  // So high that it is not merged again before there is much beside it.
  for (Level& level : levels_) remove_runs(level);
  levels_.resize(std::max<std::size_t>(2, levels_.size()));
  levels_.back() = std::move(folded);
  return {};
}

Status ExternalSorter::add_runs(const Level& level, Merge& merge) const {
  for (const Run& run : level.runs) SALESTREAM_TRY(merge.add(*level.file, run, cursor_bytes_));
  return {};
}

Status ExternalSorter::write_run(Merge& merge, Level& into) {
  if (!into.file) {
    SALESTREAM_ASSIGN(into.file, TemporaryFile::make());
  }
  RunWriter writer(*into.file, fold_);
  for (;;) {
    SALESTREAM_ASSIGN(const char* const at, merge.next());
    if (at == nullptr) break;
    SALESTREAM_TRY(writer.add(at));
  }
  SALESTREAM_ASSIGN(const Run run, writer.finish());
  into.runs.push_back(run);
  records_in_files_ += run.records;
  return {};
}

Status ExternalSorter::begin_reading() {
  if (!std::exchange(is_sorted_, true)) sort_memory();
  merge_ = std::make_unique<Merge>(entries_);
  for (const Level& level : levels_) SALESTREAM_TRY(add_runs(level, *merge_));
  return {};
}

Result<bool> ExternalSorter::next(SortedRecord& record) {
  SALESTREAM_CHECK(merge_ != nullptr);
  SALESTREAM_ASSIGN(const char* const at, merge_->next());
  if (at != nullptr) record = record_at(at);
  return at != nullptr;
}

}  // namespace salestream::base
