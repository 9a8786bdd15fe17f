// SPDX-License-Identifier: Apache-2.0
// One session on a Spark Connect server: what it is asked and what it answers, over gRPC. Every call has a deadline,
// and none is repeated by itself. Errors are what Spark says in one line, without Java's stack; kRetriable: the server
// could not be reached or did not answer in time. Any thread; gRPC has threads of its own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spark/remote.h"
#include "spark/statement.h"

namespace salestream::spark {

// A query keeps its `id` from checkpoint to checkpoint; each start is another run.
struct QueryId {
  std::string id;
  std::string run_id;
  friend bool operator==(const QueryId&, const QueryId&) = default;
};

struct Query {
  QueryId id;
  std::string name;
};

struct QueryStatus {
  bool is_active = false;
  bool is_trigger_active = false;
  std::string message;  // "Waiting for data to arrive"
};

struct NewQuery {
  std::string name;
  std::string sql;
  std::string format;  // "kafka", or the class of a sink
  std::map<std::string, std::string> options;
  std::int64_t trigger_interval_ms = 0;  // 0: one batch as soon as the one before is done
};

class Connect {
 public:
  virtual ~Connect() = default;

  virtual const Remote& remote() const = 0;
  virtual base::Result<std::string> version() = 0;

  virtual base::Status set(const std::map<std::string, std::string>& configuration) = 0;
  // Nothing where it is not set.
  virtual base::Result<std::optional<std::string>> setting(const std::string& name) = 0;

  // For the classes of a sink; harmless when the session has this file already.
  virtual base::Status add_jar(const std::string& file_name, std::string_view bytes) = 0;

  // Both replace a view of that name.
  virtual base::Status view_stream(std::string_view name, const std::string& format,
                                   const std::map<std::string, std::string>& options) = 0;
  // What `metrics` say of each batch is in the query's progress, under `metrics_name`.
  virtual base::Status view_sql(std::string_view name, const std::string& sql, const std::string& metrics_name,
                                const std::vector<Metric>& metrics) = 0;

  // In update mode. Returns once Spark has taken it; what is wrong with it may show only later, in exception().
  virtual base::Result<QueryId> start(const NewQuery& query) = 0;

  virtual base::Result<std::vector<Query>> active_queries() = 0;
  virtual base::Result<QueryStatus> status(const QueryId& query) = 0;
  // Spark's JSON, for parse_progress; nothing before the first batch.
  virtual base::Result<std::optional<std::string>> last_progress(const QueryId& query) = 0;
  // Why it ended; nothing when it runs or was stopped.
  virtual base::Result<std::optional<std::string>> exception(const QueryId& query) = 0;
  virtual base::Status stop(const QueryId& query) = 0;
};

// `session_seed`: what session_of makes a session of, unless `remote` names one. Asks the server for its version, so
// that whatever is wrong with the connection shows here. An error in a build without Spark (CMake option
// SALESTREAM_SPARK).
base::Result<std::unique_ptr<Connect>> connect(Remote remote, std::string_view session_seed);

// The first line of what Java says, without names of exception classes before it: what a person can use.
std::string readable(std::string_view message);

}  // namespace salestream::spark
