// SPDX-License-Identifier: Apache-2.0
#include "audit/partition_readers.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace salestream::audit {
namespace {

constexpr std::chrono::milliseconds kBetweenLooksAtProgress{50};
constexpr std::int64_t kMessagesBetweenReports = 1000;

}  // namespace

PartitionReaders::PartitionReaders(Reader& reader, std::vector<PartitionAudit*> partitions)
    : reader_(reader), partitions_(std::move(partitions)) {}

std::size_t PartitionReaders::threads_for(const std::vector<PartitionAudit*>& partitions, int workers) {
  const auto has_messages = [](const PartitionAudit* partition) { return partition->end() > partition->begin(); };
  const auto count = std::count_if(partitions.begin(), partitions.end(), has_messages);
  return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(count, 1, std::max(1, workers)));
}

base::Status PartitionReaders::read(int workers, const std::function<void(const Progress&)>& on_progress) {
  std::int64_t offsets = 0;
  for (const PartitionAudit* partition : partitions_) offsets += partition->end() - partition->begin();
  std::vector<std::thread> threads;
  const std::size_t count = threads_for(partitions_, workers);
  reader_.expect_readers(count);
  {
    const base::MutexLock lock(mutex_);
    running_ = count;
  }
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
  {
    base::MutexLock lock(mutex_);
    const auto all_ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ == 0; };
    while (!ended_.wait_for(mutex_, kBetweenLooksAtProgress, all_ended)) {
      if (!on_progress) continue;
      lock.unlock();
      on_progress({messages_, offsets > 0 ? static_cast<double>(offsets_) / static_cast<double>(offsets) : 1});
      lock.lock();
    }
  }
  for (std::thread& thread : threads) thread.join();
  const base::MutexLock lock(mutex_);
  return std::move(first_error_);
}

void PartitionReaders::work() {
  for (;;) {
    const std::size_t next = next_partition_++;
    if (next >= partitions_.size() || has_failed_) break;
    const base::Status status = read_one(*partitions_[next]);
    if (status.ok()) continue;
    const base::MutexLock lock(mutex_);
    if (first_error_.ok()) first_error_ = status;
    has_failed_ = true;
  }
  const base::MutexLock lock(mutex_);
  --running_;
  ended_.notify_one();
}

base::Status PartitionReaders::read_one(PartitionAudit& partition) {
  core::Offset reported = partition.begin();
  std::int64_t unreported = 0;
  const auto report_progress = [&](core::Offset at) {
    offsets_ += at - reported;
    messages_ += std::exchange(unreported, 0);
    reported = at;
  };
  SALESTREAM_ASSIGN(const core::Offset reached,
                    reader_.read(partition.id(), partition.begin(), partition.end(), [&](const SourceMessage& message) {
                      if (++unreported >= kMessagesBetweenReports) report_progress(message.offset);
                      if (has_failed_) return base::Status(base::failure("another partition could not be read"));
                      return read_message(partition, message);
                    }));
  SALESTREAM_TRY(partition.finish(reached));
  report_progress(partition.end());
  return {};
}

base::Status PartitionReaders::read_message(PartitionAudit& partition, const SourceMessage& message) {
  if (!LongMessages::is_long(message.bytes.size())) return partition.read(message);
  const LongMessages::Turn turn(long_messages_, message.bytes.size());
  SALESTREAM_TRY(partition.read(message));
  partition.give_back_memory();
  return {};
}

}  // namespace salestream::audit
