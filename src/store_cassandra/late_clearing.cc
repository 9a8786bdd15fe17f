// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/late_clearing.h"

#include <utility>

#include "base/logging.h"
#include "store_cassandra/clearing.h"

namespace salestream::store::cassandra {
namespace {

// An instance that slept longer than this is found by `reset` only.
constexpr TimestampUs kLookForUs = TimestampUs{24} * 3600 * 1'000'000;

const char* cause_of(const CurrentGeneration& generation) {
  if (!generation.is_repaired()) return "reset";
  return generation.number > 1 ? "reset or the repair" : "repair";
}

}  // namespace

LateClearing::LateClearing(std::shared_ptr<Client> client, const std::string& keyspace,
                           const core::Definition& definition, const CurrentGeneration& generation) {
  if (!generation.may_have_older_totals() || client->now_us() - generation.began_us > kLookForUs) return;
  thread_ = std::jthread([client = std::move(client), keyspace, definition, generation](std::stop_token stop) {
    const base::Status cleared = clear_former_totals(*client, keyspace, definition, generation, stop);
    if (!cleared.ok() && !stop.stop_requested())
      base::log_warning(cleared.error().message + "; whether rows from before the " + cause_of(generation) +
                        " are left is looked at again by the next run");
  });
}

}  // namespace salestream::store::cassandra
