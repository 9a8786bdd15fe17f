// SPDX-License-Identifier: Apache-2.0
// The program as it is, but for one thing: it ends itself with SIGKILL when it passes a step of a flush, of
// `rejects resend` or of a repair, for the n-th time. SALESTREAM_CRASH_AT=<point>:<n>; the points are named below.
// amid_cells and the like lie between the two halves of a step's rows; before_repair_request is any request to
// Cassandra from the transaction on that decides a repair. With SALESTREAM_FREEZE it stops there instead (SIGSTOP). The
// linker puts the wrappers of this file around the functions that make a store and a Kafka source, and around
// librdkafka's transactions (--wrap, see CMakeLists.txt), so the program itself knows nothing of it.
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "cli/app/app.h"
#include "source/kafka.h"
#include "store_cassandra/cassandra.h"
#include "store_cassandra/rust_client.h"
#include "store_sqlite/sqlite.h"

namespace salestream {
namespace {

struct CrashPoint {
  std::string name;  // empty: none
  std::atomic<int> left{0};
};

CrashPoint& crash_point() {
  static CrashPoint point;
  static const bool is_read = [] {
    const char* text = std::getenv("SALESTREAM_CRASH_AT");
    const std::string wanted(text == nullptr ? "" : text);
    const std::size_t colon = wanted.find(':');
    if (colon == std::string::npos) return false;
    point.name = wanted.substr(0, colon);
    point.left = std::atoi(wanted.c_str() + colon + 1);
    return true;
  }();
  static_cast<void>(is_read);
  return point;
}

void pass(const char* point) {
  CrashPoint& wanted = crash_point();
  if (wanted.name != point || --wanted.left != 0) return;
  ::kill(::getpid(), std::getenv("SALESTREAM_FREEZE") != nullptr ? SIGSTOP : SIGKILL);
}

// Writes rows as one, or, when it is to crash between them, as two halves.
template <typename Rows, typename Write>
base::Status in_halves(const char* point, Rows rows, const Write& write) {
  if (crash_point().name != point) return write(rows);
  const std::size_t half = rows.size() / 2;
  if (half > 0) SALESTREAM_TRY(write(rows.first(half)));
  pass(point);
  return write(rows.subspan(half));
}

class CrashingSteps final : public store::FlushSteps {
 public:
  explicit CrashingSteps(store::FlushSteps& steps) : steps_(steps) { pass("before_rejects"); }
  ~CrashingSteps() override { pass("after_progress"); }

  base::Status write_rejects(std::span<const core::Reject> rejects) override {
    auto status = in_halves("amid_rejects", rejects, [&](auto rows) { return steps_.write_rejects(rows); });
    pass("after_rejects");
    return status;
  }
  base::Status write_cells(store::TableIndex table, std::span<const store::CellWrite> cells) override {
    auto status = in_halves("amid_cells", cells, [&](auto rows) { return steps_.write_cells(table, rows); });
    pass("after_cells");
    return status;
  }
  base::Status read_cells(store::TableIndex table, std::span<const std::string_view> keys,
                          std::vector<store::KeyedCell>& out) override {
    return steps_.read_cells(table, keys, out);
  }
  base::Status write_totals(store::TableIndex table, std::span<const core::TotalsRow> rows) override {
    auto status = in_halves("amid_totals", rows, [&](auto half) { return steps_.write_totals(table, half); });
    pass("after_totals");
    return status;
  }
  base::Status write_progress(std::span<const core::PartitionProgress> progress) override {
    return in_halves("amid_progress", progress, [&](auto rows) { return steps_.write_progress(rows); });
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
  base::Result<store::TotalsPage> read_totals(store::TableIndex table, store::PageLimit limit) override {
    return session_->read_totals(table, limit);
  }
  base::Result<std::vector<core::Reject>> read_rejects(std::size_t limit) override {
    return session_->read_rejects(limit);
  }

 private:
  std::unique_ptr<store::Session> session_;
};

class CrashingRecords final : public store::ResendRecords {
 public:
  explicit CrashingRecords(std::unique_ptr<store::ResendRecords> records) : records_(std::move(records)) {}

  base::Result<std::vector<store::Resend>> read() override { return records_->read(); }
  base::Result<std::vector<store::ResendMark>> read_marks(std::span<const store::RejectPlace> places) override {
    return records_->read_marks(places);
  }
  base::Status begin(const store::Resend& resend, std::span<const store::ResendMark> marks) override {
    pass("before_begin");
    auto status = records_->begin(resend, marks);
    pass("after_begin");
    return status;
  }
  base::Status settle(const std::string& id, store::ResendState state, std::int64_t settled_ms) override {
    pass("before_settle");
    auto status = records_->settle(id, state, settled_ms);
    pass("after_settle");
    return status;
  }

 private:
  std::unique_ptr<store::ResendRecords> records_;
};

class CrashingClient final : public store::cassandra::Client {
 public:
  using Answer = store::cassandra::Answer;
  using BoundRows = store::cassandra::BoundRows;
  using KeyedStatement = store::cassandra::KeyedStatement;
  using Statement = store::cassandra::Statement;

  explicit CrashingClient(std::shared_ptr<store::cassandra::Client> client)
      : Client(client->name()), client_(std::move(client)) {}

  base::Status run(const std::string& cql) override { return client_->run(cql); }
  base::Status await_one_schema() override { return client_->await_one_schema(); }
  base::Result<Statement> prepare(const std::string& cql, Repeat repeat) override {
    if (cql.find("SET totals_base_us = ?") != std::string::npos) is_repairing_ = true;
    return client_->prepare(cql, repeat);
  }
  base::Status write(Statement statement, const BoundRows& rows) override {
    pass_request();
    return client_->write(statement, rows);
  }
  base::Result<Answer> read(Statement statement, const BoundRows& rows) override {
    pass_request();
    return client_->read(statement, rows);
  }
  base::Result<Answer> read(const KeyedStatement& statement, const BoundRows& rows) override {
    pass_request();
    return client_->read(statement, rows);
  }
  base::Result<Answer> read_page(Statement statement, const BoundRows& row, std::string& next) override {
    pass_request();
    return client_->read_page(statement, row, next);
  }
  store::TimestampUs now_us() const override { return client_->now_us(); }

 private:
  void pass_request() {
    if (is_repairing_) pass("before_repair_request");
  }

  const std::shared_ptr<store::cassandra::Client> client_;
  std::atomic<bool> is_repairing_{false};
};

class CrashingStore final : public store::Store {
 public:
  explicit CrashingStore(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}

  std::string where() const override { return store_->where(); }
  base::Result<std::vector<std::string>> schema() const override { return store_->schema(); }
  base::Result<std::vector<std::string>> init() override { return store_->init(); }
  base::Status open_for_run(const store::OpenOptions& options) override { return store_->open_for_run(options); }
  base::Status open_for_read() override { return store_->open_for_read(); }
  base::Result<std::unique_ptr<store::Session>> session() override {
    SALESTREAM_ASSIGN(auto session, store_->session());
    return std::unique_ptr<store::Session>(std::make_unique<CrashingSession>(std::move(session)));
  }
  base::Result<std::unique_ptr<store::Inspection>> inspect() override { return store_->inspect(); }
  base::Result<std::unique_ptr<store::ResendRecords>> resends() override {
    SALESTREAM_ASSIGN(auto records, store_->resends());
    return std::unique_ptr<store::ResendRecords>(std::make_unique<CrashingRecords>(std::move(records)));
  }
  base::Status reset() override { return store_->reset(); }
  base::Status repair_totals(std::span<const store::TotalsKeys> rows) override { return store_->repair_totals(rows); }
  bool repairs_all_totals() const override { return store_->repairs_all_totals(); }
  base::Result<bool> finish_repair() override { return store_->finish_repair(); }
  bool sees_runs() const override { return store_->sees_runs(); }

 private:
  std::unique_ptr<store::Store> store_;
};

class CrashingReader final : public source::Reader {
 public:
  explicit CrashingReader(std::unique_ptr<source::Reader> source) : source_(std::move(source)) {}

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
  std::unique_ptr<source::Reader> source_;
};

class CrashingSource final : public source::Source {
 public:
  explicit CrashingSource(std::unique_ptr<source::Source> source) : source_(std::move(source)) {}

  std::string identity() const override { return source_->identity(); }
  std::string where() const override { return source_->where(); }
  base::Result<std::vector<source::PartitionRange>> ranges() override { return source_->ranges(); }
  base::Result<std::optional<source::MessageAt>> message_at(core::PartitionId partition, core::Offset offset) override {
    return source_->message_at(partition, offset);
  }
  base::Result<std::vector<std::string>> readers() override { return source_->readers(); }
  int max_workers() const override { return source_->max_workers(); }
  base::Result<std::unique_ptr<source::Reader>> open(int worker, int workers,
                                                     source::AssignmentListener& listener) override {
    SALESTREAM_ASSIGN(auto reader, source_->open(worker, workers, listener));
    return std::unique_ptr<source::Reader>(std::make_unique<CrashingReader>(std::move(reader)));
  }

 private:
  std::unique_ptr<source::Source> source_;
};

}  // namespace

// The linker's names for "the real one" and "the one to call instead".
std::unique_ptr<store::Store> real_make_sqlite_store(const store::SqliteOptions&, store::Identity) asm(
    "__real__ZN10salestream5store17make_sqlite_storeERKNS0_13SqliteOptionsENS0_8IdentityE");
std::unique_ptr<store::Store> wrapped_make_sqlite_store(const store::SqliteOptions&, store::Identity) asm(
    "__wrap__ZN10salestream5store17make_sqlite_storeERKNS0_13SqliteOptionsENS0_8IdentityE");
base::Result<std::unique_ptr<store::Store>> real_make_cassandra_store(
    const store::CassandraOptions&,
    store::Identity) asm("__real__ZN10salestream5store20make_cassandra_storeERKNS0_16CassandraOptionsENS0_8IdentityE");
base::Result<std::unique_ptr<store::Store>> wrapped_make_cassandra_store(
    const store::CassandraOptions&,
    store::Identity) asm("__wrap__ZN10salestream5store20make_cassandra_storeERKNS0_16CassandraOptionsENS0_8IdentityE");
base::Result<std::shared_ptr<store::cassandra::Client>> real_connect(const store::CassandraOptions&) asm(
    "__real__ZN10salestream5store9cassandra7connectERKNS0_16CassandraOptionsE");
base::Result<std::shared_ptr<store::cassandra::Client>> wrapped_connect(const store::CassandraOptions&) asm(
    "__wrap__ZN10salestream5store9cassandra7connectERKNS0_16CassandraOptionsE");
base::Result<std::unique_ptr<source::Source>> real_make_kafka_source(const source::KafkaOptions&) asm(
    "__real__ZN10salestream6source17make_kafka_sourceERKNS0_12KafkaOptionsE");
base::Result<std::unique_ptr<source::Source>> wrapped_make_kafka_source(const source::KafkaOptions&) asm(
    "__wrap__ZN10salestream6source17make_kafka_sourceERKNS0_12KafkaOptionsE");

std::unique_ptr<store::Store> wrapped_make_sqlite_store(const store::SqliteOptions& options, store::Identity identity) {
  return std::make_unique<CrashingStore>(real_make_sqlite_store(options, std::move(identity)));
}

base::Result<std::unique_ptr<store::Store>> wrapped_make_cassandra_store(const store::CassandraOptions& options,
                                                                         store::Identity identity) {
  SALESTREAM_ASSIGN(auto store, real_make_cassandra_store(options, std::move(identity)));
  return std::unique_ptr<store::Store>(std::make_unique<CrashingStore>(std::move(store)));
}

base::Result<std::shared_ptr<store::cassandra::Client>> wrapped_connect(const store::CassandraOptions& options) {
  SALESTREAM_ASSIGN(auto client, real_connect(options));
  return std::shared_ptr<store::cassandra::Client>(std::make_shared<CrashingClient>(std::move(client)));
}

base::Result<std::unique_ptr<source::Source>> wrapped_make_kafka_source(const source::KafkaOptions& options) {
  SALESTREAM_ASSIGN(auto source, real_make_kafka_source(options));
  return std::unique_ptr<source::Source>(std::make_unique<CrashingSource>(std::move(source)));
}

}  // namespace salestream

// librdkafka's own calls of a transaction. amid_commit:<n> kills n milliseconds after the commit was asked for.
extern "C" {
rd_kafka_error_t* __real_rd_kafka_init_transactions(rd_kafka_t* client, int timeout_ms);
rd_kafka_error_t* __real_rd_kafka_begin_transaction(rd_kafka_t* client);
rd_kafka_error_t* __real_rd_kafka_commit_transaction(rd_kafka_t* client, int timeout_ms);

rd_kafka_error_t* __wrap_rd_kafka_init_transactions(rd_kafka_t* client, int timeout_ms) {
  rd_kafka_error_t* error = __real_rd_kafka_init_transactions(client, timeout_ms);
  salestream::pass("after_init_transactions");
  return error;
}

rd_kafka_error_t* __wrap_rd_kafka_begin_transaction(rd_kafka_t* client) {
  salestream::pass("before_transaction");
  return __real_rd_kafka_begin_transaction(client);
}

rd_kafka_error_t* __wrap_rd_kafka_commit_transaction(rd_kafka_t* client, int timeout_ms) {
  salestream::pass("before_commit_transaction");
  salestream::CrashPoint& wanted = salestream::crash_point();
  if (wanted.name == "amid_commit")
    std::thread([milliseconds = wanted.left.load()] {
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      ::kill(::getpid(), SIGKILL);
    }).detach();
  rd_kafka_error_t* error = __real_rd_kafka_commit_transaction(client, timeout_ms);
  salestream::pass("after_commit_transaction");
  return error;
}
}

int main(int argc, char** argv) { return salestream::cli::run_cli(argc, argv); }
