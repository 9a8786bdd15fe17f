// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/client.h"

#include "base/clock.h"

namespace salestream::store::cassandra {

std::string Client::name_of(const CassandraOptions& options) {
  std::string name;
  for (const std::string& point : options.contact_points) name += (name.empty() ? "" : ",") + point;
  return name + "/" + options.keyspace;
}

base::Result<bool> Client::transact(const std::string& cql, const BoundRows& row, Repeat repeat) {
  SALESTREAM_ASSIGN(const Statement statement, prepare(cql, repeat));
  return transact(statement, row);
}

base::Result<bool> Client::transact(Statement statement, const BoundRows& row) {
  SALESTREAM_ASSIGN(const Answer answer, read(statement, row));
  if (answer.inputs.empty()) return false;
  return boolean_of(ValueReader(answer.values).next().value_or("")).value_or(false);
}

base::Status Client::scan(Statement statement, const BoundRows& row,
                          const std::function<base::Status(const Answer&)>& on_page) {
  std::string next;
  do {
    SALESTREAM_ASSIGN(const Answer page, read_page(statement, row, next));
    SALESTREAM_TRY(on_page(page));
  } while (!next.empty());
  return {};
}

TimestampUs Client::now_us() const { return base::wall_clock_us(); }

}  // namespace salestream::store::cassandra
