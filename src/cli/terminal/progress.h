// SPDX-License-Identifier: Apache-2.0
// How far something has come: a bar with rate and time left on a terminal, a plain line every few seconds where there
// is none. The texts are pure functions; a ProgressReporter is used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cli/terminal/screen_block.h"

namespace salestream::cli {

struct Progress {
  std::int64_t done = 0;
  std::int64_t total = 0;  // 0: unknown
  double fraction = -1;    // of the work, where it isn't done / total; negative: it is
  double elapsed_seconds = 0;
  std::string_view unit = "messages";
};

// "[=====>     ]  46 %  1,234,567 of 2,000,000 messages  1,200,000/s  0:12 min left"; without a total there is no bar.
std::string progress_bar(const Progress& progress, int width_columns);
// "46 %, 1,234,567 of 2,000,000 messages, 1,200,000/s, 0.6 s left"
std::string progress_line(const Progress& progress);
// "2,000,000 messages in 1.4 s, 1,428,571/s"
std::string progress_summary(const Progress& progress);

// Shows progress on stderr. What update() is given more often than it helps is left out.
class ProgressReporter {
 public:
  static constexpr std::chrono::milliseconds kRedrawInterval{100};
  static constexpr std::chrono::milliseconds kLineInterval{5000};

  explicit ProgressReporter(std::string label);
  ~ProgressReporter();
  ProgressReporter(const ProgressReporter&) = delete;
  ProgressReporter& operator=(const ProgressReporter&) = delete;

  void update(const Progress& progress);
  // The last word, as a line that stays.
  void finish(const Progress& progress);

  // The bar's place on the terminal, for what has to appear above it; nullptr where there is no bar.
  ScreenBlock* block() { return block_.get(); }

 private:
  const std::string label_;
  std::unique_ptr<ScreenBlock> block_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace salestream::cli
