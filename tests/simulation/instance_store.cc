// SPDX-License-Identifier: Apache-2.0
#include "instance_store.h"

#include <chrono>
#include <deque>

#include "base/check.h"
#include "store_cassandra/cassandra.h"
#include "store_cassandra/clearing.h"
#include "store_cassandra/key_columns.h"
#include "store_cassandra/schema.h"
#include "store_view.h"

namespace salestream::simulation {
namespace {

using store::cassandra::BoundRows;

constexpr int kStartAttempts = 4;
constexpr std::int64_t kStartPauseUs = 1'000;
constexpr std::chrono::milliseconds kRequestTimeout{3};  // of those that are tried again by themselves

store::CassandraOptions options_of_simulation() {
  store::CassandraOptions options;
  options.keyspace = "simulation";
  return options;
}

// It was made with the store.
base::Result<store::cassandra::StoredPipeline> read_row(store::cassandra::PipelineRow& row) {
  SALESTREAM_ASSIGN(auto stored, row.read());
  SALESTREAM_CHECK(stored.has_value());
  return *std::move(stored);
}

}  // namespace

StoreCase::StoreCase(const Case& a_case)
    : the_case(a_case),
      options(options_of_simulation()),
      identity{a_case.definition, "the simulated source"},
      check({"cassandra simulated", "choose another keyspace"}, identity, store::cassandra::kFormatVersion),
      keyspace(store::cassandra_schema(options, a_case.definition).value()),
      cql(store::cassandra::shared_cql(options.keyspace)) {
  const std::string& name_of_pipeline = identity.definition.pipeline;
  // A row's columns by their names.
  const auto make = [&](const char* table, const std::string& key, const auto& bind) {
    BoundRows key_bytes, columns;
    key_bytes.text(key);
    const TableId id = keyspace.table_id(table);
    for (const std::string& name : keyspace.table(id).columns) bind(columns, name);
    return MadeRow{id, std::string(key_bytes.bytes()), std::string(columns.bytes())};
  };
  pipeline = make("salestream_pipeline", name_of_pipeline, [&](BoundRows& row, const std::string& name) {
    if (name == "format_version") {
      row.integer(store::cassandra::kFormatVersion);
    } else if (name == "generation") {
      row.integer(1);
    } else if (name == "generation_base_us") {
      base_begin = row.bytes().size();
      row.bigint(0);
    } else if (name == "definition") {
      row.text(identity.definition.canonical_text());
    } else if (name == "log") {
      row.text(identity.source);
    } else if (name == "is_cleared") {
      is_cleared_begin = row.bytes().size();
      row.boolean(false);
    } else if (name == "engine") {
      row.text("salestream");
    } else {
      row.null();
    }
  });
  for (TableId table = 0; table < keyspace.tables(); ++table) {
    const std::string& claimed = keyspace.table(table).cql.name;
    if (claimed.starts_with("salestream_")) continue;
    claims.push_back(make("salestream_tables", claimed, [&](BoundRows& row, const std::string& name) {
      if (name == "pipeline")
        row.text(name_of_pipeline);
      else if (name == "is_made")
        row.boolean(true);
      else if (name == "table_id")
        row.blob(Keyspace::table_uuid(table));
      else
        row.null();
    }));
  }
}

StoreCase& store_case(const Case& the_case) {
  static std::deque<StoreCase> all;
  for (StoreCase& each : all)
    if (&each.the_case == &the_case) return each;
  return all.emplace_back(the_case);
}

SimulatedStore::SimulatedStore(Random& random, Scheduler& a_scheduler, const Case& a_case)
    : parts(store_case(a_case)), scheduler(a_scheduler), cluster(random, a_scheduler), rows(parts.keyspace, cluster) {}

void SimulatedStore::put_everywhere(TableId table, std::string_view key, std::string_view columns,
                                    store::TimestampUs timestamp_us) {
  const RowId id = rows.row(rows.partition(table, key), "").id;
  cluster.put_everywhere(id, rows.decided[id] = cluster.make_row(timestamp_us, columns));
}

void SimulatedStore::init(store::Generation generation, bool is_cleared) {
  const store::TimestampUs before_us = scheduler.now_us() - 1;
  if (is_schema_checked)
    for (const auto& [table, key, columns] : parts.claims) put_everywhere(table, key, columns, before_us);
  std::string columns = parts.pipeline.columns;
  BoundRows base, cleared;
  base.bigint(generation.base_us);
  cleared.boolean(is_cleared);
  columns.replace(parts.base_begin, base.bytes().size(), base.bytes());
  columns.replace(parts.is_cleared_begin, cleared.bytes().size(), cleared.bytes());
  put_everywhere(parts.pipeline.table, parts.pipeline.key, columns, before_us);
}

// The steps of a flush on their way to the adapter.
class InstanceStore::WatchedSteps final : public store::FlushSteps {
 public:
  WatchedSteps(InstanceStore& store, store::FlushSteps& steps) : store_(store), steps_(steps) {}

  base::Status write_rejects(std::span<const core::Reject> rejects) override { return steps_.write_rejects(rejects); }
  base::Status write_cells(store::TableIndex table, std::span<const store::CellWrite> cells) override {
    for (const store::CellWrite& write : cells) check_truth(table, write);
    return steps_.write_cells(table, cells);
  }
  base::Status read_cells(store::TableIndex table, std::span<const std::string_view> keys,
                          std::vector<store::KeyedCell>& out) override {
    return steps_.read_cells(table, keys, out);
  }
  base::Status write_totals(store::TableIndex table, std::span<const core::TotalsRow> rows) override {
    return steps_.write_totals(table, rows);
  }
  base::Status write_progress(std::span<const core::PartitionProgress> progress) override {
    return steps_.write_progress(progress);
  }

 private:
  // A cell is a pure function of the source and `applied_through`: one that is not is found here, long before the end.
  void check_truth(store::TableIndex table, const store::CellWrite& write) {
    if (!store_.first_untruth->empty()) return;
    const auto key = store_.store_.parts.the_case.key_index(table, write.key);
    SALESTREAM_CHECK(key.has_value());
    if (store_.history->cell(table, *key, write.partition, write.cell.applied_through) == write.cell.measures) return;
    // What a former generation still writes may have begun with another source, and counts for nothing.
    if (StoreView(store_.store_, 0, 1).generation().base_us != store_.generation_.base.base_us) return;
    *store_.first_untruth = "a cell of partition " + std::to_string(write.partition) + " through " +
                            std::to_string(write.cell.applied_through) + " was written that the source can't give";
  }

  InstanceStore& store_;
  store::FlushSteps& steps_;
};

// The adapter's own session, but for a look at what is written.
class InstanceStore::WatchedSession final : public store::Session {
 public:
  explicit WatchedSession(InstanceStore& store)
      : store_(store), session_(store::cassandra::make_session(store.shared_)) {}

  base::Result<std::vector<core::PartitionProgress>> read_progress() override { return session_->read_progress(); }
  base::Status read_partition_cells(store::TableIndex table, core::PartitionId partition,
                                    std::span<const std::string_view> keys,
                                    std::vector<std::optional<core::Cell>>& out) override {
    return session_->read_partition_cells(table, partition, keys, out);
  }
  base::Status flush(const std::function<base::Status(store::FlushSteps&)>& steps) override {
    if (store_.first_untruth == nullptr) return session_->flush(steps);
    return session_->flush([&](store::FlushSteps& adapter) {
      WatchedSteps watched(store_, adapter);
      return steps(watched);
    });
  }
  base::Result<store::TotalsPage> read_totals(store::TableIndex table, store::PageLimit limit) override {
    return session_->read_totals(table, limit);
  }
  base::Result<std::vector<core::Reject>> read_rejects(std::size_t limit) override {
    return session_->read_rejects(limit);
  }

 private:
  InstanceStore& store_;
  const std::unique_ptr<store::Session> session_;
};

InstanceStore::InstanceStore(SimulatedStore& store, std::int64_t clock_skew_us, int window)
    : store_(store),
      client_(std::make_shared<FakeClient>(store.parts.keyspace, store.rows, store.cluster, store.scheduler,
                                           clock_skew_us, window)) {}

base::Result<store::cassandra::CurrentGeneration> InstanceStore::open_pipeline() {
  StoreCase& parts = store_.parts;
  store::cassandra::RetryingClient requests = retrying();
  if (store_.is_schema_checked)
    return store::cassandra::make_pipeline_for(requests, parts.options, parts.identity, store::Engine::kSalestream,
                                               false);
  store::cassandra::PipelineRow row = pipeline_row(requests);
  SALESTREAM_ASSIGN(const store::cassandra::StoredPipeline stored, read_row(row));
  if (!stored.is_cleared) SALESTREAM_TRY(row.clear(stored.generation));
  return stored.generation;
}

// As in store.cc, by the scheduler's clock.
store::cassandra::RetryingClient InstanceStore::retrying() {
  Scheduler& scheduler = store_.scheduler;
  base::RetryHooks hooks;
  hooks.before_pause = [](const base::Error&) {};
  hooks.pause = [&scheduler](std::chrono::microseconds time) {
    scheduler.sleep(time.count());
    return true;
  };
  hooks.clock = [&scheduler] {
    return base::RetryHooks::Clock::time_point(std::chrono::microseconds(scheduler.now_us()));
  };
  return {*client_, {.first_pause = std::chrono::milliseconds(1), .timeout = kRequestTimeout}, std::move(hooks)};
}

store::cassandra::PipelineRow InstanceStore::pipeline_row(store::cassandra::Client& client) {
  StoreCase& parts = store_.parts;
  return {client, parts.options.keyspace, parts.identity, parts.check, parts.cql};
}

base::Status InstanceStore::open() {
  StoreCase& parts = store_.parts;
  auto generation = open_pipeline();
  for (int attempt = 1; attempt < kStartAttempts && !generation.ok(); ++attempt) {
    if (generation.error().kind != base::ErrorKind::kRetriable) break;
    store_.scheduler.sleep(kStartPauseUs);
    generation = open_pipeline();
  }
  if (!generation.ok()) return std::move(generation).error();
  generation_ = *generation;
  if (parts.spare_shared.empty()) {
    SALESTREAM_ASSIGN(const auto shared, store::cassandra::prepare_shared(client_, parts.options.keyspace,
                                                                          parts.identity, generation_, true));
    parts.spare_shared.push_back(std::const_pointer_cast<store::cassandra::Shared>(shared));
  }
  shared_ = std::move(parts.spare_shared.back());
  parts.spare_shared.pop_back();
  shared_->client = client_;
  shared_->generation = generation_;
  shared_->totals_base_us = generation_.totals().base_us;
  return {};
}

InstanceStore::~InstanceStore() {
  if (shared_ == nullptr) return;
  SALESTREAM_CHECK(shared_.use_count() == 1);
  shared_->client = nullptr;
  store_.parts.spare_shared.push_back(std::move(shared_));
}

base::Status InstanceStore::clear_late() {
  if (!generation_.may_have_older_totals()) return {};
  return store::cassandra::clear_former_totals(*client_, store_.parts.options.keyspace,
                                               store_.parts.identity.definition, generation_, {});
}

base::Result<store::cassandra::CurrentGeneration> InstanceStore::begin_repair() {
  StoreCase& parts = store_.parts;
  store::cassandra::RetryingClient requests = retrying();
  if (store_.is_schema_checked) return store::cassandra::begin_repair(requests, parts.options, parts.identity);
  store::cassandra::PipelineRow row = pipeline_row(requests);
  SALESTREAM_ASSIGN(const store::cassandra::StoredPipeline stored, read_row(row));
  return row.begin_repair(stored);
}

base::Result<bool> InstanceStore::finish_repair() {
  StoreCase& parts = store_.parts;
  store::cassandra::RetryingClient requests = retrying();
  if (store_.is_schema_checked) return store::cassandra::finish_repair(requests, parts.options, parts.identity);
  store::cassandra::PipelineRow row = pipeline_row(requests);
  SALESTREAM_ASSIGN(const store::cassandra::StoredPipeline stored, read_row(row));
  return row.finish_repair(stored);
}

base::Status InstanceStore::write_by_hand(store::TableIndex index, const std::string& key,
                                          const std::optional<core::Measures>& measures,
                                          store::TimestampUs timestamp_us) {
  const core::Definition& definition = store_.parts.identity.definition;
  const core::TotalsTable& table = definition.totals[index];
  const store::cassandra::TableCql cql = store::cassandra::table_cql(store_.parts.options.keyspace, table);
  SALESTREAM_ASSIGN(const auto statement,
                    client_->prepare(measures ? cql.write_totals : cql.delete_totals, FakeClient::Repeat::kAllowed));
  const store::cassandra::KeyColumns key_columns(definition, table);
  BoundRows row;
  if (!measures) row.bigint(timestamp_us);
  key_columns.bind(row, key);
  if (measures) {
    store::cassandra::measure_columns(table).bind(row, *measures);
    row.bigint(timestamp_us);
  }
  row.end_row();
  return client_->write(statement, row);
}

base::Status InstanceStore::reset() {
  StoreCase& parts = store_.parts;
  store::cassandra::RetryingClient requests = retrying();
  if (store_.is_schema_checked) return store::cassandra::renew_pipeline(requests, parts.options, parts.identity);
  store::cassandra::PipelineRow row = pipeline_row(requests);
  SALESTREAM_ASSIGN(const store::cassandra::StoredPipeline stored, read_row(row));
  return row.renew(stored, store::Engine::kSalestream);
}

std::unique_ptr<store::Session> InstanceStore::session() { return std::make_unique<WatchedSession>(*this); }

}  // namespace salestream::simulation
