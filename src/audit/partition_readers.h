// SPDX-License-Identifier: Apache-2.0
// Reads partitions of the source with several threads, each one partition at a time. Belongs to one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "audit/audit.h"
#include "audit/long_messages.h"
#include "audit/partition_audit.h"
#include "audit/reader.h"
#include "base/mutex.h"
#include "base/result.h"

namespace salestream::audit {

class PartitionReaders {
 public:
  PartitionReaders(Reader& reader, std::vector<PartitionAudit*> partitions);

  // So many are read at once, at most.
  static std::size_t threads_for(const std::vector<PartitionAudit*>& partitions, int workers);

  // All of them, to their end. `on_progress` is called by this thread.
  base::Status read(int workers, const std::function<void(const Progress&)>& on_progress);

 private:
  void work();
  base::Status read_one(PartitionAudit& partition);
  base::Status read_message(PartitionAudit& partition, const SourceMessage& message);

  Reader& reader_;
  const std::vector<PartitionAudit*> partitions_;
  LongMessages long_messages_;
  std::atomic<std::size_t> next_partition_{0};
  std::atomic<std::int64_t> offsets_{0}, messages_{0};
  std::atomic<bool> has_failed_{false};
  base::Mutex mutex_;
  base::CondVar ended_;
  std::size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  base::Status first_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace salestream::audit
