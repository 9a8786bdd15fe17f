// SPDX-License-Identifier: Apache-2.0
// What `run` shows on a terminal: what it reads, how far it is, and the top of each totals table, fitted to the
// terminal's size. A pure function; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/screen_block.h"
#include "rejects/resent_count.h"
#include "results/freshness.h"
#include "results/snapshot.h"

namespace salestream::cli {

struct LiveView {
  std::string pipeline;
  std::string source;
  std::string store;
  results::Snapshot snapshot;
  std::optional<rejects::ResentCount> resent;  // of its rejected messages; nothing: not known
  double orders_per_second = 0;
  results::Freshness freshness = results::Freshness::kStarting;
  std::int64_t lag = 0;          // in `unit`, while catching up
  std::string unit = "message";  // one of the lag; "byte" of a file
  std::int64_t held_back = 0;    // offsets behind open transactions
  std::int64_t being_saved = 0;  // messages that this process has counted and the store does not have yet
  std::string progress;          // how far --until-end is; empty without it
};

// At most one line less than the terminal is high, none wider than it is.
std::vector<std::string> live_lines(const LiveView& view, TerminalSize size, bool color);

}  // namespace salestream::cli
