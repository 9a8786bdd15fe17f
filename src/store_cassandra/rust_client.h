// SPDX-License-Identifier: Apache-2.0
// A real cluster's client: this header's .cc is the one C++ file that knows the Rust bridge, and stub.cc stands in for
// it in a build without Rust (CMake option SALESTREAM_CASSANDRA). Any thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "store_cassandra/client.h"

namespace salestream::store::cassandra {

// An error in a build without Cassandra, which says how to get one with it.
base::Status can_connect();

base::Result<std::shared_ptr<Client>> connect(const CassandraOptions& options);

}  // namespace salestream::store::cassandra
