// SPDX-License-Identifier: Apache-2.0
// Rejected messages as `salestream rejects list` and `show` print them. Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "cli/terminal/table.h"
#include "core/order.h"
#include "rejects/selection.h"

namespace salestream::cli {

// "sent again 2026-11-22T10:00:00.000Z", "kept".
std::string state_text(const rejects::RejectState& state);

// "2:15", as the command line takes it.
std::string place_text(const core::Reject& reject);

// A table for people, one line a rejected message.
std::string to_rejects_text(std::span<const core::Reject> rejects, std::span<const rejects::RejectState> states,
                            TableStyle style = {});

// Of those listed, how many are open and how many were sent again; empty where none was.
std::string resent_text(std::span<const rejects::RejectState> states, bool has_more);

// An object on one line.
void write_reject(base::JsonWriter& json, const core::Reject& reject, const rejects::RejectState& state);

// Everything about one.
std::string to_reject_text(const core::Reject& reject, const rejects::RejectState& state);

}  // namespace salestream::cli
