// SPDX-License-Identifier: Apache-2.0
// What a proposal says beside the order itself: fields that tables and conditions may use, and which messages are
// orders. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sample/choose.h"
#include "sample/line_items.h"
#include "sample/proposal.h"

namespace salestream::sample {

// Fields such as status, country and category, and conditions that their values suggest.
void propose_fields(Scope& of_orders, Scope& of_items, bool is_flat, Proposal& proposal);

// Where some messages have line items and others have none, the field whose values tell the two apart, and the
// condition. Nothing: all have some, or no field does.
struct Telling {
  core::FieldPath path;
  std::string condition;
};
std::optional<Telling> what_tells_orders(const std::vector<const Value*>& documents, const LineItems& items);

}  // namespace salestream::sample
