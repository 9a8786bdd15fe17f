// SPDX-License-Identifier: Apache-2.0
// The program's log: one line an event, on stderr, so that stdout carries results only; for people, or as JSON for
// programs that collect logs. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/mutex.h"

namespace salestream::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// What of a line programs may want to have by itself; people read it in the line.
struct LogField {
  std::string_view name;                                                            // in ASCII
  std::variant<std::int64_t, std::string_view, std::optional<std::int64_t>> value;  // nothing: not known
};
using LogFields = std::initializer_list<LogField>;

void log(LogLevel level, std::string_view line, LogFields fields = {});
inline void log_debug(std::string_view line) { log(LogLevel::kDebug, line); }
inline void log_info(std::string_view line, LogFields fields = {}) { log(LogLevel::kInfo, line, fields); }
inline void log_warning(std::string_view line) { log(LogLevel::kWarning, line); }
inline void log_error(std::string_view line) { log(LogLevel::kError, line); }

// Lines below this level are dropped. Default: kInfo.
void set_log_level(LogLevel least);

// kJson: each line is an object of "time" (RFC 3339, UTC), "level", "message" and the line's fields. Default: kText.
enum class LogFormat : std::uint8_t { kText, kJson };
void set_log_format(LogFormat format);
LogFormat log_format();

// Where lines go instead of stderr, e.g. above a live table; nullptr restores stderr. The sink is called under the
// log's own lock, with one line, or one whole object of JSON, and no line end.
void set_log_sink(std::function<void(LogLevel, std::string_view)> sink);

// Lets through at most `lines` lines a period and then says how many were left out, so that a flood of bad messages
// cannot flood the log. kSuppressed: it does not say so, for a problem that goes on until it is over.
// Any thread.
class RateLimitedWarnings {
 public:
  enum class LeftOut : unsigned char { kReported, kSuppressed };

  explicit RateLimitedWarnings(int lines, std::chrono::milliseconds period = std::chrono::seconds(1),
                               LeftOut left_out = LeftOut::kReported)
      : limit_(lines), period_(period), reports_left_out_(left_out == LeftOut::kReported) {}
  void write(LogLevel level, std::string_view line, LogFields fields = {});

 private:
  const int limit_;
  const std::chrono::milliseconds period_;
  const bool reports_left_out_;
  Mutex mutex_;
  std::chrono::steady_clock::time_point period_start_ ABSL_GUARDED_BY(mutex_){};
  int written_this_period_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Bytes from outside, made safe to print: control characters and invalid UTF-8 become \xNN, those beyond ASCII, such as
// the ones that turn the direction of text, \u{NNNN}. What is longer than `limit_bytes` is cut with "…".
std::string printable(std::string_view bytes, std::size_t limit_bytes);

}  // namespace salestream::base
