// SPDX-License-Identifier: Apache-2.0
// A client that sends each request, and asks for each page, again while the other one fails retriably, for as long as
// the policy says: for work that takes longer than a cluster is well, and is not to begin anew each time. A lightweight
// transaction is sent once, unless its caller may repeat it, and so is a change of the schema. One thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/retry.h"
#include "store_cassandra/client.h"

namespace salestream::store::cassandra {

class RetryingClient final : public Client {
 public:
  // `client` has to live as long.
  RetryingClient(Client& client, base::RetryPolicy policy, base::RetryHooks hooks = {});

  base::Status run(const std::string& cql) override { return client_.run(cql); }
  base::Status await_one_schema() override { return client_.await_one_schema(); }
  base::Result<Statement> prepare(const std::string& cql, Repeat repeat) override;
  base::Status write(Statement statement, const BoundRows& rows) override;
  base::Result<Answer> read(Statement statement, const BoundRows& rows) override;
  base::Result<Answer> read(const KeyedStatement& statement, const BoundRows& rows) override;
  base::Result<Answer> read_page(Statement statement, const BoundRows& row, std::string& next) override;
  TimestampUs now_us() const override { return client_.now_us(); }

 private:
  Client& client_;
  const base::RetryPolicy policy_;
  const base::RetryHooks hooks_;
  std::set<std::uint32_t> once_;  // statements that are never sent twice
};

}  // namespace salestream::store::cassandra
