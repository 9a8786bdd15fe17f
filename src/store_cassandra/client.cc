// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/client.h"

#include "base/clock.h"

namespace salestream::store::cassandra {

std::string Client::name_of(const CassandraOptions& options) {
  std::string name;
  for (const std::string& point : options.contact_points) name += (name.empty() ? "" : ",") + point;
  return name + "/" + options.keyspace;
}

base::Result<bool> Client::transact(const std::string& cql, const BoundRows& row) {
  SALESTREAM_ASSIGN(const Statement statement, prepare(cql, Repeat::kNever));
  SALESTREAM_ASSIGN(const Answer answer, read(statement, row));
  if (answer.inputs.empty()) return false;
  return boolean_of(ValueReader(answer.values).next().value_or("")).value_or(false);
}

TimestampUs Client::now_us() const { return base::wall_clock_us(); }

}  // namespace salestream::store::cassandra
