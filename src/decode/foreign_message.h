// SPDX-License-Identifier: Apache-2.0
// What a message is that is no order in JSON, by a look at its first bytes: packed, in UTF-16, with a schema registry's
// header, serialized twice, another program's notation. Only for people, and only of messages that are rejected anyway.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/reject_reason.h"

namespace salestream::decode {

// A sentence that says what it is and what to do; nothing: nothing that is known, or not what `reason` is about.
std::optional<std::string> describe_foreign(std::string_view message, core::RejectReason reason);

}  // namespace salestream::decode
