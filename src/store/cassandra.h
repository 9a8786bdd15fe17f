// SPDX-License-Identifier: Apache-2.0
// Totals in Apache Cassandra; docs/cassandra.md describes its tables. Any number of processes may run one pipeline at a
// time: each write carries a timestamp that grows with what is in it (core/cell.h), so that the newest stays whatever
// order writes arrive in. Nothing is a transaction: a flush's steps are durable one after the other. Rows and their
// timestamps belong to a generation, which reset() renews: what an instance of the one before still writes is never
// seen. All sessions of a process share one connection a node, and one thread that serves them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/options.h"
#include "store/store.h"

namespace salestream::store {

// An error in a build without Cassandra (CMake option SALESTREAM_CASSANDRA). Connects to nothing yet.
base::Result<std::unique_ptr<Store>> make_cassandra_store(const CassandraOptions& options, Identity identity);

// The CQL that makes keyspace and tables, a statement each, without a server; in every build.
base::Result<std::vector<std::string>> cassandra_schema(const CassandraOptions& options,
                                                        const core::Definition& definition);

}  // namespace salestream::store
