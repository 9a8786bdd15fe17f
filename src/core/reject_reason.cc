// SPDX-License-Identifier: Apache-2.0
#include "core/reject_reason.h"

namespace salestream::core {

const char* name_of(RejectReason reason) {
  switch (reason) {
    case RejectReason::kNullMessage: return "null_message";
    case RejectReason::kEmptyMessage: return "empty_message";
    case RejectReason::kMessageTooLarge: return "message_too_large";
    case RejectReason::kInvalidUtf8: return "invalid_utf8";
    case RejectReason::kInvalidJson: return "invalid_json";
    case RejectReason::kTooDeep: return "too_deep";
    case RejectReason::kDuplicateField: return "duplicate_field";
    case RejectReason::kMissingField: return "missing_field";
    case RejectReason::kWrongType: return "wrong_type";
    case RejectReason::kNotANumber: return "not_a_number";
    case RejectReason::kNumberTooLarge: return "number_too_large";
    case RejectReason::kEmptyKey: return "empty_key";
    case RejectReason::kKeyTooLong: return "key_too_long";
    case RejectReason::kNegativeQuantity: return "negative_quantity";
    case RejectReason::kNegativePrice: return "negative_price";
    case RejectReason::kQuantityMissing: return "quantity_missing";
    case RejectReason::kWrongTotal: return "wrong_total";
    case RejectReason::kInvalidTime: return "invalid_time";
    case RejectReason::kKeysTooLarge: return "keys_too_large";
    case RejectReason::kLoneSurrogate: return "lone_surrogate";
    case RejectReason::kInvalidChange: return "invalid_change";
  }
  return "?";
}

std::optional<RejectReason> reject_reason_of(std::string_view name) {
  for (int i = 0; i < kRejectReasonCount; ++i)
    if (const auto reason = static_cast<RejectReason>(i); name == name_of(reason)) return reason;
  return std::nullopt;
}

}  // namespace salestream::core
