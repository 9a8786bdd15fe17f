// SPDX-License-Identifier: Apache-2.0
// For builds without the Cassandra driver, which needs Rust.
#include "store_cassandra/cassandra.h"

namespace salestream::store {

namespace {

base::Error absent() {
  return base::failure(
      "this salestream was built without Cassandra: start it with ./run, which builds it with Cassandra when a pipeline "
      "asks for it, or build preset release (cmake --preset release && cmake --build --preset release)");
}

}  // namespace

base::Result<std::unique_ptr<Store>> make_cassandra_store(const CassandraOptions&, Identity) { return absent(); }

base::Result<SparkGeneration> prepare_for_spark(const CassandraOptions&, const Identity&, bool) { return absent(); }

}  // namespace salestream::store
