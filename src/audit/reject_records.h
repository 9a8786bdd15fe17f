// SPDX-License-Identifier: Apache-2.0
// The rejected messages that the store has, without their bytes, in its order: there may be millions. Those that memory
// has no room for are in a temporary file. Written by one thread; then read by any.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/temporary_file.h"
#include "core/order.h"

namespace salestream::audit {

struct RejectRecord {
  core::Offset offset = 0;
  core::RejectReason reason = core::RejectReason::kInvalidJson;
  bool is_null = false;
  std::uint64_t message_bytes = 0;
  std::uint64_t message_checksum = 0;
  std::uint64_t key_bytes = 0;
  std::uint64_t key_checksum = 0;
};

class RejectRecords {
 public:
  explicit RejectRecords(std::size_t memory_bytes) : most_in_memory_(memory_bytes / sizeof(RejectRecord)) {}

  base::Status add(const RejectRecord& record);
  std::int64_t size() const { return size_; }

  // Some of them from `first` on, `most` at most: one at least, when there is one.
  base::Status read(std::int64_t first, std::int64_t most, std::vector<RejectRecord>& out) const;

 private:
  base::Status write();

  const std::size_t most_in_memory_;
  std::int64_t size_ = 0;
  std::int64_t in_file_ = 0;           // the first of them
  std::vector<RejectRecord> records_;  // the others
  std::optional<base::TemporaryFile> file_;
};

// One partition's, in the order of their offsets.
class RejectCursor {
 public:
  RejectCursor() = default;
  RejectCursor(const RejectRecords& records, std::int64_t first, std::int64_t count)
      : records_(&records), next_(first), end_(first + count) {}

  // nullptr: there are no more.
  base::Result<const RejectRecord*> peek();
  void advance() { ++at_; }

 private:
  const RejectRecords* records_ = nullptr;
  std::int64_t next_ = 0, end_ = 0;  // those that were not read
  std::vector<RejectRecord> page_;
  std::size_t at_ = 0;
};

}  // namespace salestream::audit
