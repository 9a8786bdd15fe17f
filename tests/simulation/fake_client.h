// SPDX-License-Identifier: Apache-2.0
// The adapter's client over a simulated cluster: it runs the adapter's own statements, as a Keyspace has planned them,
// on replicas. Writes carry the timestamps that are bound; a time-out is an error of which nobody knows whether it was
// done; lightweight transactions are decided one at a time. To be called from within tasks of the scheduler. One
// thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store_cassandra/client.h"
#include "stored_rows.h"

namespace salestream::simulation {

class FakeClient final : public store::cassandra::Client {
 public:
  // `window`: requests in flight. The clock is that of its machine.
  FakeClient(Keyspace& keyspace, StoredRows& rows, Cluster& cluster, Scheduler& scheduler, std::int64_t clock_skew_us,
             int window);
  ~FakeClient() override;

  using Answer = store::cassandra::Answer;
  using BoundRows = store::cassandra::BoundRows;
  using Statement = store::cassandra::Statement;

  base::Status run(const std::string& cql) override;
  base::Status await_one_schema() override { return {}; }
  base::Result<Statement> prepare(const std::string& cql, Repeat repeat) override;
  base::Status write(Statement statement, const BoundRows& rows) override;
  base::Result<Answer> read(Statement statement, const BoundRows& rows) override;
  base::Result<Answer> read(const store::cassandra::KeyedStatement& statement, const BoundRows& rows) override;
  base::Result<Answer> read_page(Statement statement, const BoundRows& row, std::string& next) override;
  store::TimestampUs now_us() const override { return scheduler_.now_us() + clock_skew_us_; }

 private:
  struct Request;
  class BoundValues;

  std::unique_ptr<Request> take_request();
  StoredRows::Partition& partition_of(const Plan& plan, const BoundValues& values);
  std::string_view clustering_of(const Plan& plan, const BoundValues& values);
  // `sizes`: how many rows the cluster is asked for at a time.
  base::Result<Answer> ask(const Plan& plan, Request& request, std::span<const std::uint32_t> sizes);
  base::Result<Answer> transact(const Plan& plan, const BoundRows& rows);
  base::Result<Answer> read_page_of_table(const Plan& plan, std::string& next);

  Keyspace& keyspace_;
  StoredRows& rows_;
  Cluster& cluster_;
  Scheduler& scheduler_;
  const std::int64_t clock_skew_us_;
  const int window_;
  std::vector<std::unique_ptr<Request>> spare_requests_;
  std::string scratch_;  // never across a call of the cluster, in which another task may use it
};

}  // namespace salestream::simulation
