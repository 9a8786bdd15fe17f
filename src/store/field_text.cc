// SPDX-License-Identifier: Apache-2.0
#include "store/field_text.h"

#include <optional>
#include <utility>

namespace salestream::store {
namespace {

template <typename Value>
Expected set_field(std::optional<Value> value, Value& into, Expected expected) {
  if (!value) return expected;
  into = *std::move(value);
  return nullptr;
}

}  // namespace

Expected read_field(std::string_view text, core::RejectReason& into) {
  return set_field(core::reject_reason_of(text), into, "a reason for a reject");
}

Expected read_field(std::string_view text, ResendState& into) {
  return set_field(resend_state_of(text), into, "a state of a resend");
}

Expected read_field(std::string_view text, std::vector<PartitionEnd>& into) {
  return set_field(parse_ends(text), into, "ends of partitions");
}

}  // namespace salestream::store
