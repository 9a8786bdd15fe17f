// SPDX-License-Identifier: Apache-2.0
// The program as it is, but for one thing: it ends itself with SIGKILL when it passes a step of the flush for the n-th
// time. SALESTREAM_CRASH_AT=<point>:<n>; the points are named below. The linker puts the wrappers of this file around the
// two functions that make a store and a Kafka log (--wrap, see CMakeLists.txt), so the program itself knows nothing of it.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "cli/command.h"
#include "source/kafka.h"
#include "store/sqlite.h"

namespace salestream {
namespace {

void pass(const char* point) {
  static const std::string wanted = [] {
    const char* text = std::getenv("SALESTREAM_CRASH_AT");
    return std::string(text == nullptr ? "" : text);
  }();
  static const std::size_t colon = wanted.find(':');
  static std::atomic<int> left{colon == std::string::npos ? 0 : std::atoi(wanted.c_str() + colon + 1)};
  if (colon == std::string::npos || wanted.compare(0, colon, point) != 0) return;
  if (--left == 0) ::kill(::getpid(), SIGKILL);
}

class CrashingSteps final : public store::FlushSteps {
 public:
  explicit CrashingSteps(store::FlushSteps& steps) : steps_(steps) { pass("before_rejects"); }
  ~CrashingSteps() override { pass("after_progress"); }

  base::Status write_rejects(std::span<const core::Reject> rejects) override {
    auto status = steps_.write_rejects(rejects);
    pass("after_rejects");
    return status;
  }
  base::Status write_cells(store::TableIndex table, std::span<const store::CellWrite> cells) override {
    auto status = steps_.write_cells(table, cells);
    pass("after_cells");
    return status;
  }
  base::Status read_cells(store::TableIndex table, std::span<const std::string_view> keys,
                          std::vector<store::KeyedCell>& out) override {
    return steps_.read_cells(table, keys, out);
  }
  base::Status write_totals(store::TableIndex table, std::span<const core::TotalsRow> rows) override {
    auto status = steps_.write_totals(table, rows);
    pass("after_totals");
    return status;
  }
  base::Status write_progress(std::span<const core::PartitionProgress> progress) override {
    return steps_.write_progress(progress);
  }

 private:
  store::FlushSteps& steps_;
};

class CrashingSession final : public store::Session {
 public:
  explicit CrashingSession(std::unique_ptr<store::Session> session) : session_(std::move(session)) {}

  base::Result<std::vector<core::PartitionProgress>> read_progress() override { return session_->read_progress(); }
  base::Status read_partition_cells(store::TableIndex table, core::PartitionId partition,
                                    std::span<const std::string_view> keys,
                                    std::vector<std::optional<core::Cell>>& out) override {
    return session_->read_partition_cells(table, partition, keys, out);
  }
  base::Status flush(const std::function<base::Status(store::FlushSteps&)>& steps) override {
    auto status = session_->flush([&](store::FlushSteps& real) {
      CrashingSteps crashing(real);
      return steps(crashing);
    });
    pass("after_flush");
    return status;
  }
  base::Result<store::TotalsPage> read_totals(store::TableIndex table, std::size_t limit) override {
    return session_->read_totals(table, limit);
  }
  base::Result<std::vector<core::Reject>> read_rejects(std::size_t limit) override {
    return session_->read_rejects(limit);
  }

 private:
  std::unique_ptr<store::Session> session_;
};

class CrashingStore final : public store::Store {
 public:
  explicit CrashingStore(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}

  std::string where() const override { return store_->where(); }
  base::Result<std::vector<std::string>> init() override { return store_->init(); }
  base::Status open_for_run() override { return store_->open_for_run(); }
  base::Status open_for_read() override { return store_->open_for_read(); }
  base::Result<std::unique_ptr<store::Session>> session() override {
    SALESTREAM_ASSIGN(auto session, store_->session());
    return std::unique_ptr<store::Session>(std::make_unique<CrashingSession>(std::move(session)));
  }
  base::Status reset() override { return store_->reset(); }

 private:
  std::unique_ptr<store::Store> store_;
};

class CrashingSource final : public source::Source {
 public:
  explicit CrashingSource(std::unique_ptr<source::Source> source) : source_(std::move(source)) {}

  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds wait) override {
    return source_->poll(batch, wait);
  }
  void set_paused(bool paused) override { source_->set_paused(paused); }
  bool is_finished() const override { return source_->is_finished(); }
  void commit(const std::vector<core::PartitionProgress>& progress) override {
    pass("before_commit");
    source_->commit(progress);
  }
  base::Status close() override { return source_->close(); }

 private:
  std::unique_ptr<source::Source> source_;
};

class CrashingLog final : public source::Log {
 public:
  explicit CrashingLog(std::unique_ptr<source::Log> log) : log_(std::move(log)) {}

  std::string identity() const override { return log_->identity(); }
  std::string where() const override { return log_->where(); }
  base::Result<std::vector<source::PartitionRange>> ranges() override { return log_->ranges(); }
  base::Result<std::optional<std::int64_t>> timestamp_ms_at(core::PartitionId partition, core::Offset offset) override {
    return log_->timestamp_ms_at(partition, offset);
  }
  int max_workers() const override { return log_->max_workers(); }
  base::Result<std::unique_ptr<source::Source>> open(int worker, int workers, source::Assignments& assignments) override {
    SALESTREAM_ASSIGN(auto source, log_->open(worker, workers, assignments));
    return std::unique_ptr<source::Source>(std::make_unique<CrashingSource>(std::move(source)));
  }

 private:
  std::unique_ptr<source::Log> log_;
};

}  // namespace

// The linker's names for "the real one" and "the one to call instead".
std::unique_ptr<store::Store> real_make_sqlite_store(const store::SqliteOptions&, store::Identity) asm(
    "__real__ZN10salestream5store17make_sqlite_storeERKNS0_13SqliteOptionsENS0_8IdentityE");
std::unique_ptr<store::Store> wrapped_make_sqlite_store(const store::SqliteOptions&, store::Identity) asm(
    "__wrap__ZN10salestream5store17make_sqlite_storeERKNS0_13SqliteOptionsENS0_8IdentityE");
base::Result<std::unique_ptr<source::Log>> real_make_kafka_log(const source::KafkaOptions&, const core::Definition&) asm(
    "__real__ZN10salestream6source14make_kafka_logERKNS0_12KafkaOptionsERKNS_4core10DefinitionE");
base::Result<std::unique_ptr<source::Log>> wrapped_make_kafka_log(
    const source::KafkaOptions&,
    const core::Definition&) asm("__wrap__ZN10salestream6source14make_kafka_logERKNS0_12KafkaOptionsERKNS_4core10DefinitionE");

std::unique_ptr<store::Store> wrapped_make_sqlite_store(const store::SqliteOptions& options, store::Identity identity) {
  return std::make_unique<CrashingStore>(real_make_sqlite_store(options, std::move(identity)));
}

base::Result<std::unique_ptr<source::Log>> wrapped_make_kafka_log(const source::KafkaOptions& options,
                                                                  const core::Definition& definition) {
  SALESTREAM_ASSIGN(auto log, real_make_kafka_log(options, definition));
  return std::unique_ptr<source::Log>(std::make_unique<CrashingLog>(std::move(log)));
}

}  // namespace salestream

int main(int argc, char** argv) { return salestream::cli::run_cli(argc, argv); }
