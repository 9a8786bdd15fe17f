// SPDX-License-Identifier: Apache-2.0
// Totals in Apache Cassandra; docs/cassandra.md describes its tables. Any number of processes may run one pipeline at a
// time: each write carries a timestamp that grows with what is in it (core/cell.h), so that the newest stays whatever
// order writes arrive in. Nothing is a transaction: a flush's steps are durable one after the other. Rows and their
// timestamps belong to a generation, which reset() renews: what an instance of the one before still writes is never
// seen. All sessions of a process share one connection a node, and one thread that serves them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/options.h"
#include "store/store.h"

namespace salestream::store {

// An error in a build without Cassandra (CMake option SALESTREAM_CASSANDRA). Connects to nothing yet.
base::Result<std::unique_ptr<Store>> make_cassandra_store(const CassandraOptions& options, Identity identity);

// What Spark has to know to fill a pipeline's totals tables. Rows of this generation have greater write timestamps than
// generation_base_us, and all before have smaller ones.
struct SparkGeneration {
  std::int32_t number = 0;
  std::int64_t generation_base_us = 0;
  // Of each totals table, in the definition's order, its columns' types in their order: CQL's, and decimal(N) for one
  // that is to have at least N fraction digits.
  std::vector<std::vector<std::string>> column_types;
};

// Makes what is missing, and has the tables filled by Spark from now on; what `run` has counted is an error, or is
// taken over: then the count begins anew. Asked again, the same again.
base::Result<SparkGeneration> prepare_for_spark(const CassandraOptions& options, const Identity& identity,
                                                bool takes_over);

// The CQL that makes keyspace and tables, a statement each, without a server; in every build.
base::Result<std::vector<std::string>> cassandra_schema(const CassandraOptions& options,
                                                        const core::Definition& definition);

}  // namespace salestream::store
