// SPDX-License-Identifier: Apache-2.0
// A Cassandra store looked at while others may write to it. Each read is at the store's consistency, so it sees
// whatever was durable when it began; there is no moment that all reads share. One thread.
#pragma once

#include <memory>

#include "store/store.h"
#include "store_cassandra/session.h"

namespace salestream::store::cassandra {

std::unique_ptr<Inspection> make_inspection(std::shared_ptr<const Shared> shared);

}  // namespace salestream::store::cassandra
