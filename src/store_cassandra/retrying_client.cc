// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/retrying_client.h"

#include <utility>

namespace salestream::store::cassandra {

RetryingClient::RetryingClient(Client& client, base::RetryPolicy policy, base::RetryHooks hooks)
    : Client(client.name()), client_(client), policy_(policy), hooks_(std::move(hooks)) {}

base::Result<Statement> RetryingClient::prepare(const std::string& cql, Repeat repeat) {
  auto statement = base::retry(policy_, hooks_, [&] { return client_.prepare(cql, repeat); });
  if (statement.ok() && repeat == Repeat::kNever) once_.insert(statement->number);
  return statement;
}

base::Status RetryingClient::write(Statement statement, const BoundRows& rows) {
  return base::retry(policy_, hooks_, [&] { return client_.write(statement, rows); });
}

base::Result<Answer> RetryingClient::read(Statement statement, const BoundRows& rows) {
  if (once_.contains(statement.number)) return client_.read(statement, rows);
  return base::retry(policy_, hooks_, [&] { return client_.read(statement, rows); });
}

base::Result<Answer> RetryingClient::read(const KeyedStatement& statement, const BoundRows& rows) {
  return base::retry(policy_, hooks_, [&] { return client_.read(statement, rows); });
}

base::Result<Answer> RetryingClient::read_page(Statement statement, const BoundRows& row, std::string& next) {
  return base::retry(policy_, hooks_, [&] { return client_.read_page(statement, row, next); });
}

}  // namespace salestream::store::cassandra
