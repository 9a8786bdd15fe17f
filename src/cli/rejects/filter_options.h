// SPDX-License-Identifier: Apache-2.0
// Which rejected messages a command is about, as the command line says it. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "core/order.h"
#include "store/store.h"

namespace salestream::cli {

// Which of them are listed or exported. Empty: all.
struct RejectArguments {
  std::string reason;
  std::optional<core::PartitionId> partition;
  std::optional<core::Offset> from_offset;  // from this one on
  std::optional<core::Offset> to_offset;    // to this one, included
};
base::Result<store::RejectFilter> filter_of(const RejectArguments& arguments);
base::Result<core::RejectReason> parse_reason(const std::string& name);

// "2:15".
base::Result<store::RejectPlace> parse_place(const std::string& text);

}  // namespace salestream::cli
