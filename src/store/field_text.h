// SPDX-License-Identifier: Apache-2.0
// Fields that every store keeps as text: how they are written, and how they are read again, which says what belongs
// there when a text is something else. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/order.h"
#include "store/resends.h"
#include "store/row_layout.h"

namespace salestream::store {

inline std::string field_text(core::RejectReason reason) { return core::name_of(reason); }
inline std::string field_text(ResendState state) { return name_of(state); }
inline std::string field_text(const std::vector<PartitionEnd>& ends) { return ends_text(ends); }

Expected read_field(std::string_view text, core::RejectReason& into);
Expected read_field(std::string_view text, ResendState& into);
Expected read_field(std::string_view text, std::vector<PartitionEnd>& into);

}  // namespace salestream::store
