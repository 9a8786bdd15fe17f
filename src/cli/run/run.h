// SPDX-License-Identifier: Apache-2.0
// `salestream run`: counts orders until it is stopped, and shows the totals. The pipeline has threads of its own, the
// display is on the main thread, signals are on one more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

// A table of more than this is printed complete only when asked for: it would take memory without limit. The bytes are
// those of its names, and of its text.
inline constexpr std::size_t kMaxConsoleRows = 100'000;
inline constexpr std::size_t kMaxConsoleBytes = 8 << 20;
inline constexpr std::size_t kDefaultLiveRows = 20;

struct RunArguments {
  PipelineArguments pipeline;
  bool until_end = false;
  bool accept_short_window = false;
  bool take_over = false;
  std::string wait;  // --wait[=SECONDS] for the store at the start: a number, or "true"; empty: not at all
  bool console = false;
  bool quiet = false;
  std::optional<double> interval_seconds;
  std::optional<std::size_t> top;                // 0: all
  std::string http;                              // --http ADDR|off; empty: the usual address
  std::string http_token_file;                   // empty: none
  std::pair<std::string, std::string> http_tls;  // --http-tls CERT KEY; empty: none
};
base::Result<int> run(const RunArguments& arguments);

}  // namespace salestream::cli
