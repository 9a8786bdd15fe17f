// SPDX-License-Identifier: Apache-2.0
// `salestream spark`: the commands, and their arguments as spark_arguments.cc reads them. Main thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "cli/app/command.h"
#include "cli/app/commands.h"
#include "cli/terminal/screen_block.h"
#include "cli/terminal/signals.h"
#include "spark/connect.h"
#include "spark/query_progress.h"

namespace salestream::cli {

// What all of them take. An empty remote: the environment's SPARK_REMOTE, as Spark's own clients do.
struct SparkArguments {
  PipelineArguments pipeline;
  std::string remote;
};

struct SparkSubmitArguments {
  SparkArguments spark;
  std::string checkpoint;  // empty: the folder that the server is set up with
  double trigger_interval_seconds = 0;
  // A batch is held in memory by nobody, but its state is, and how far the catching up is shows only between batches.
  std::int64_t max_batch_messages = 1'000'000;
  std::map<std::string, std::string> settings;  // of the session, or of the Cassandra connector
  std::string to_topic;                         // instead of Cassandra
  bool take_over = false;
  bool detach = false;
};
base::Result<int> spark_submit(const SparkSubmitArguments& arguments);

struct SparkStatusArguments {
  SparkArguments spark;
  Format format = Format::kTable;
};
base::Result<int> spark_status(const SparkStatusArguments& arguments);
base::Result<int> spark_watch(const SparkArguments& arguments);
base::Result<int> spark_stop(const SparkArguments& arguments);

// A pipeline and its session on a Spark Connect server.
struct SparkSession {
  config::PipelineFile file;
  std::unique_ptr<spark::Connect> server;
};
base::Result<SparkSession> open_spark(const SparkArguments& arguments);
base::Result<std::unique_ptr<spark::Connect>> connect_spark(const SparkArguments& arguments,
                                                            const config::PipelineFile& file);

// One query fills one totals table, and has its name from both.
std::string query_name(const std::string& pipeline, const std::string& table);

// What is known of a table's query.
struct TableQuery {
  std::string table;
  std::optional<spark::QueryId> id;  // nothing: none is active
  spark::QueryStatus status;
  std::optional<spark::QueryProgress> progress;  // nothing before the first batch
};
// In the order of the definition's tables; then those of tables that have left the pipeline file since they were
// submitted.
base::Result<std::vector<TableQuery>> find_queries(spark::Connect& server, const core::Definition& definition);

// Where Spark's own monitoring page is, for people; empty when the server has none.
std::string monitoring_page(spark::Connect& server);

// Ctrl+C, SIGTERM and SIGHUP end the program at once: what Spark does is not this program's to save. Made before any
// other thread.
class Interrupts {
 public:
  Interrupts();

  // From now on queries may run that are left alone.
  void begin_to_submit();
  // From now on that is a good end, since the queries run; `block`: what is then taken off the screen, or nullptr.
  void leave_running(ScreenBlock* block);
  void forget_block();

 private:
  void on_signal(int signal);

  base::Mutex mutex_;
  ScreenBlock* block_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::string farewell_ ABSL_GUARDED_BY(mutex_);
  int exit_code_ ABSL_GUARDED_BY(mutex_);
  SignalWatcher watcher_;  // last: it is called as soon as it is there
};

// Shows the queries until Ctrl+C, which leaves them running, or until they end. `known`: those that run now.
base::Result<int> watch_queries(Interrupts& interrupts, const core::Definition& definition,
                                std::unique_ptr<spark::Connect> server, std::vector<TableQuery> known);

}  // namespace salestream::cli
