// SPDX-License-Identifier: Apache-2.0
// Where in a message, a change as Debezium writes it, the states of the order stand: for the audit, written from
// docs/fields.md, "Orders that change", without a line of what `run` decodes with. One instance a thread.
#pragma once

#include <cstddef>
#include <optional>

#include "audit/json.h"
#include "audit/json_places.h"
#include "audit/plain_order.h"

namespace salestream::audit {

// Which states the change has, by their places in json.values(), whatever stands there (0: nothing). Neither: the
// message is a tombstone.
struct ChangeStates {
  std::optional<std::size_t> before, after;
};

// Asked of each before it is read; `before` may be the key alone.
Fault check_state(const JsonReader& json, std::size_t at, bool is_before);

class ChangeEnvelope {
 public:
  ChangeEnvelope();

  // The message is the object that `json` begins with.
  Fault find(const JsonReader& json, ChangeStates& states);

 private:
  JsonPlaces message_, payload_;
  std::size_t op_, before_, after_;  // in both
  std::size_t payload_place_;        // in the message
};

}  // namespace salestream::audit
