// SPDX-License-Identifier: Apache-2.0
// The Cassandra store of one instance: the real adapter over a FakeClient, opened, reset and cleared as store.cc does
// it. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fake_client.h"
#include "history.h"
#include "store/identity_check.h"
#include "store/store.h"
#include "store_cassandra/pipeline.h"
#include "store_cassandra/pipeline_row.h"
#include "store_cassandra/retrying_client.h"
#include "store_cassandra/session.h"
#include "store_cassandra/statements.h"

namespace salestream::simulation {

// What a mutant of the cluster changes; the defaults are what the adapter demands. Mutants of the program itself are
// patches: mutants.cmake.
struct Rules {
  bool repairs_on_read = true;
  int acknowledgements = 2;
};

// What all schedules of a case share.
struct StoreCase {
  explicit StoreCase(const Case& the_case);

  const Case& the_case;
  store::CassandraOptions options;
  store::Identity identity;
  store::IdentityCheck check;
  Keyspace keyspace;
  store::cassandra::SharedCql cql;
  // Rows that `salestream init` makes, but for what differs from schedule to schedule.
  struct MadeRow {
    TableId table;
    std::string key, columns;
  };
  std::vector<MadeRow> claims;
  MadeRow pipeline;
  std::size_t base_begin = 0, is_cleared_begin = 0;  // in its columns
  // What instances have prepared that are gone: the statements are the same for all.
  std::vector<std::shared_ptr<store::cassandra::Shared>> spare_shared;
};
StoreCase& store_case(const Case& the_case);

// The cluster of one schedule.
struct SimulatedStore {
  SimulatedStore(Random& random, Scheduler& a_scheduler, const Case& a_case);

  // As `salestream init` leaves it.
  void init(store::Generation generation, bool is_cleared);
  // Past everything. The key is of one column.
  void put_everywhere(TableId table, std::string_view key, std::string_view columns, store::TimestampUs timestamp_us);

  StoreCase& parts;
  Scheduler& scheduler;
  Cluster cluster;
  StoredRows rows;
  // Whether instances that start look at all tables, as they do in life: that takes longer than the schedule itself.
  bool is_schema_checked = false;
};

class InstanceStore {
 public:
  InstanceStore(SimulatedStore& store, std::int64_t clock_skew_us, int window);
  ~InstanceStore();

  // As open_for_run, but for what is looked for on a thread of its own.
  base::Status open();
  // That: what an instance wrote that had slept through a reset, or a person after a repair. For a task of its own.
  base::Status clear_late();
  // What `audit --repair` has the store do, in its two steps.
  base::Result<store::cassandra::CurrentGeneration> begin_repair();
  base::Result<bool> finish_repair();
  // What a person does to a totals row by other means: gives it these measures, or deletes it.
  base::Status write_by_hand(store::TableIndex table, const std::string& key,
                             const std::optional<core::Measures>& measures, store::TimestampUs timestamp_us);
  // A new generation; everything read so far is as if it had never been.
  base::Status reset();

  std::unique_ptr<store::Session> session();
  const store::cassandra::CurrentGeneration& generation() const { return generation_; }

  // For finding a value that no source can give as soon as it is written.
  const History* history = nullptr;
  std::string* first_untruth = nullptr;

 private:
  base::Result<store::cassandra::CurrentGeneration> open_pipeline();
  store::cassandra::RetryingClient retrying();
  store::cassandra::PipelineRow pipeline_row(store::cassandra::Client& client);

  class WatchedSession;
  class WatchedSteps;

  SimulatedStore& store_;
  const std::shared_ptr<FakeClient> client_;
  store::cassandra::CurrentGeneration generation_;
  std::shared_ptr<store::cassandra::Shared> shared_;  // after open()
};

}  // namespace salestream::simulation
