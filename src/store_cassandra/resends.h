// SPDX-License-Identifier: Apache-2.0
// A Cassandra store's account of rejected messages that were sent again. A resend has one writer until it is settled,
// and all that settle it come to the same answer, so no lightweight transaction is needed: that nothing else sends
// meanwhile is for Kafka to see to (docs/rejects.md). One thread.
#pragma once

#include <memory>
#include <string>

#include "store/resends.h"
#include "store_cassandra/session.h"

namespace salestream::store::cassandra {

base::Result<std::unique_ptr<ResendRecords>> open_resends(std::shared_ptr<const Shared> shared,
                                                          const std::string& keyspace);

}  // namespace salestream::store::cassandra
