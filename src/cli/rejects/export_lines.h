// SPDX-License-Identifier: Apache-2.0
// Rejected messages as lines of JSON: what `rejects export` writes, and what `rejects resend --from` reads after a
// person has edited it. Exact both ways: bytes that are no text stand there as base64. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/order.h"

namespace salestream::cli {

// {"partition": 0, "offset": 12, "time": …, "reason": …, "detail": …, "key": …, "message": …}, without a line end.
// `key_base64` and `message_base64` stand in their place where the bytes are not UTF-8; `message` is null of a null
// message.
std::string reject_line(const core::Reject& reject);

// Place, key and message of such a line; the other members are for people and are not looked at. An error says what is
// wrong with it, and not where.
base::Result<core::Reject> parse_reject_line(std::string_view line);

}  // namespace salestream::cli
