// SPDX-License-Identifier: Apache-2.0
// Rejected messages as texts: what stores keep of them, and what people are shown. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cell.h"
#include "core/order.h"

namespace salestream::store {

// Of a longer message, or a longer key, a store that can't keep it whole keeps the beginning.
inline constexpr std::size_t kMaxCutMessageBytes = 8 << 20;
inline constexpr std::size_t kMaxCutKeyBytes = 4 << 20;

// The detail of a rejected message, with a note when only the beginning of the message is kept (`is_cut`), or of its
// key.
std::string noted_detail(const std::string& detail, bool is_cut, bool is_key_cut);
inline std::string noted_detail(const core::Reject& reject) {
  return noted_detail(reject.detail, reject.is_cut, reject.is_key_cut);
}
// The reverse, of what was read with such a text as its detail: both are values again, the notes are gone.
void take_note(core::Reject& reject);

// As it is where it is valid UTF-8; otherwise with \xNN for what is not. A detail may show bytes of the message.
std::string as_utf8(std::string_view text);

// The reasons that have been there, with their counts, in the order of the reasons.
std::vector<std::pair<std::string_view, std::int64_t>> reject_counts(const core::Counters& counters);

}  // namespace salestream::store
