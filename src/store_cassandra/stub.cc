// SPDX-License-Identifier: Apache-2.0
// For builds without the Cassandra driver, which needs Rust.
#include "store_cassandra/rust_client.h"

namespace salestream::store::cassandra {

base::Status can_connect() {
  return base::failure(
      "this salestream was built without Cassandra: start it with ./run, which builds it with Cassandra when a "
      "pipeline asks for it, or build preset release (cmake --preset release && cmake --build --preset release)");
}

base::Result<std::shared_ptr<Client>> connect(const CassandraOptions&) { return can_connect().error(); }

}  // namespace salestream::store::cassandra
