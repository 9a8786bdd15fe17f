// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/logging.h"
#include "cli/terminal/log_view.h"
#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

constexpr int kMinBarColumns = 10;
constexpr int kMaxBarColumns = 40;

// Nothing before there is anything to judge by.
struct Derived {
  bool has_fraction = false;
  double fraction = 0;
  double per_second = 0;
  bool has_time_left = false;
  double seconds_left = 0;
};

Derived derive(const Progress& progress) {
  Derived derived;
  derived.has_fraction = progress.fraction >= 0 || progress.total > 0;
  if (progress.fraction >= 0)
    derived.fraction = std::min(1.0, progress.fraction);
  else if (progress.total > 0)
    derived.fraction = std::clamp(static_cast<double>(progress.done) / static_cast<double>(progress.total), 0.0, 1.0);
  if (progress.elapsed_seconds > 0) derived.per_second = static_cast<double>(progress.done) / progress.elapsed_seconds;
  derived.has_time_left = derived.fraction > 0 && progress.elapsed_seconds > 0;
  if (derived.has_time_left)
    derived.seconds_left = progress.elapsed_seconds * (1 - derived.fraction) / derived.fraction;
  return derived;
}

std::string count_text(const Progress& progress) {
  if (progress.total > 0)
    return fmt::format("{} of {} {}", grouped(progress.done), grouped(progress.total), progress.unit);
  return fmt::format("{} {}", grouped(progress.done), progress.unit);
}

}  // namespace

std::string progress_bar(const Progress& progress, int width_columns) {
  const Derived derived = derive(progress);
  std::string text = fmt::format("{}  {}", count_text(progress), rate_text(derived.per_second));
  if (!derived.has_fraction) return cut_to_width(text, width_columns);
  text = fmt::format("{:>5}  {}", percent_text(derived.fraction), text);
  if (derived.has_time_left) text += fmt::format("  {} left", duration_text(derived.seconds_left));
  const int bar_columns = std::min(kMaxBarColumns, width_columns - display_width(text) - 3);
  if (bar_columns < kMinBarColumns) return cut_to_width(text, width_columns);
  const int filled = static_cast<int>(derived.fraction * bar_columns);
  std::string bar(static_cast<std::size_t>(filled), '=');
  if (filled < bar_columns) bar += '>';
  bar.resize(static_cast<std::size_t>(bar_columns), ' ');
  return fmt::format("[{}] {}", bar, text);
}

std::string progress_line(const Progress& progress) {
  const Derived derived = derive(progress);
  std::string text = fmt::format("{}, {}", count_text(progress), rate_text(derived.per_second));
  if (derived.has_fraction) text = percent_text(derived.fraction) + ", " + text;
  if (derived.has_time_left) text += fmt::format(", {} left", duration_text(derived.seconds_left));
  return text;
}

std::string progress_summary(const Progress& progress) {
  return fmt::format("{} {} in {}, {}", grouped(progress.done), progress.unit, duration_text(progress.elapsed_seconds),
                     rate_text(derive(progress).per_second));
}

ProgressReporter::ProgressReporter(std::string label)
    : label_(std::move(label)), next_(std::chrono::steady_clock::now()) {
  if (is_live_terminal(STDERR_FILENO) && base::log_format() == base::LogFormat::kText) {
    block_ = std::make_unique<ScreenBlock>(STDERR_FILENO);
    show_log_above(*block_);
  } else {
    next_ += kLineInterval;  // what is done sooner than that needs its last line only
  }
}

ProgressReporter::~ProgressReporter() {
  if (!block_) return;
  base::set_log_sink(nullptr);
  block_->clear();
}

void ProgressReporter::update(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  if (block_) {
    next_ = now + kRedrawInterval;
    const int width = terminal_size(STDERR_FILENO).width_columns;
    block_->draw({cut_to_width(label_ + "  " + progress_bar(progress, width - display_width(label_) - 2), width)});
  } else {
    next_ = now + kLineInterval;
    say(label_ + ": " + progress_line(progress), {{"done", progress.done}, {"total", progress.total}});
  }
}

void ProgressReporter::finish(const Progress& progress) {
  if (block_) block_->clear();
  say(label_ + ": " + progress_summary(progress), {{"done", progress.done}, {"total", progress.total}});
}

}  // namespace salestream::cli
