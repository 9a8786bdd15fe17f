// SPDX-License-Identifier: Apache-2.0
// What `run` shows on a terminal: what it reads, how far it is, and the top of each totals table, fitted to the
// terminal's size. A pure function; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/screen_block.h"
#include "results/snapshot.h"

namespace salestream::cli {

struct LiveView {
  std::string pipeline;
  std::string source;
  std::string store;
  results::Snapshot snapshot;
  double orders_per_second = 0;
  std::optional<std::int64_t> lag_messages;  // nothing: not known
  bool is_source_silent = false;             // the source does not answer
  bool is_caught_up = false;
  bool is_stopping = false;
  std::string progress;  // how far --until-end is; empty without it
};

// At most one line less than the terminal is high, none wider than it is.
std::vector<std::string> live_lines(const LiveView& view, TerminalSize size, bool color);

}  // namespace salestream::cli
