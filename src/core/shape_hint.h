// SPDX-License-Identifier: Apache-2.0
// What a source's first bytes look like, where they are no JSON lines. Pure; any thread.
#pragma once

#include <string_view>

namespace salestream::core {

// A sentence for people, with what to do about it; empty: nothing that is known. `beginning`: of the first message that
// is rejected, or all that there is of a line that never ends.
std::string_view shape_hint(std::string_view beginning);

inline constexpr std::size_t kShapeBytes = 64 << 10;  // more of a message is not looked at

}  // namespace salestream::core
