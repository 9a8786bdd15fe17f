// SPDX-License-Identifier: Apache-2.0
#include "base/logging.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/iso_time.h"
#include "base/json_writer.h"
#include "base/utf8.h"

namespace salestream::base {
namespace {

std::atomic<LogLevel> least_level{LogLevel::kInfo};
std::atomic<LogFormat> format{LogFormat::kText};

struct Sink {
  Mutex mutex;
  std::function<void(LogLevel, std::string_view)> write ABSL_GUARDED_BY(mutex);
};

Sink& sink() {
  static Sink instance;
  return instance;
}

spdlog::logger& stderr_logger() {
  static const auto logger = [] {
    // https://no-color.org
    const char* no_color = std::getenv("NO_COLOR");
    const auto color =
        no_color != nullptr && *no_color != '\0' ? spdlog::color_mode::never : spdlog::color_mode::automatic;
    auto made =
        std::make_shared<spdlog::logger>("salestream", std::make_shared<spdlog::sinks::stderr_color_sink_mt>(color));
    made->set_pattern("%H:%M:%S %^%-7l%$ %v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

std::string json_line(LogLevel level, std::string_view line, LogFields fields) {
  JsonWriter json;
  json.begin_object();
  json.member("time", iso_time(wall_clock_ms()).value_or(""));
  json.member("level", name_of(level)).member("message", line);
  for (const LogField& field : fields)
    std::visit([&](const auto& value) { json.member(field.name, value); }, field.value);
  return json.end_object().take();
}

// Whatever of other programs' words is in a line: it steers no terminal. Line feeds stand in errors of several lines.
std::string without_controls(std::string_view line) {
  std::string out;
  for (;;) {
    const std::size_t end = std::min(line.find('\n'), line.size());
    out += printable(line.substr(0, end), static_cast<std::size_t>(-1));
    if (end == line.size()) return out;
    out += '\n';
    line.remove_prefix(end + 1);
  }
}

}  // namespace

void log(LogLevel level, std::string_view line, LogFields fields) {
  if (level < least_level.load(std::memory_order_relaxed)) return;
  const bool is_json = log_format() == LogFormat::kJson;
  const std::string safe = is_json ? json_line(level, line, fields) : without_controls(line);
  line = safe;
  Sink& to = sink();
  const MutexLock lock(to.mutex);
  if (to.write)
    to.write(level, line);
  else if (is_json)
    std::fputs((safe + '\n').c_str(), stderr);  // one write: stderr has no buffer
  else
    stderr_logger().log(spdlog_level(level), line);
}

void set_log_level(LogLevel least) { least_level.store(least, std::memory_order_relaxed); }

void set_log_format(LogFormat wanted) { format.store(wanted, std::memory_order_relaxed); }
LogFormat log_format() { return format.load(std::memory_order_relaxed); }

void set_log_sink(std::function<void(LogLevel, std::string_view)> write) {
  Sink& to = sink();
  const MutexLock lock(to.mutex);
  to.write = std::move(write);
}

void RateLimitedWarnings::write(LogLevel level, std::string_view line, LogFields fields) {
  const auto now = std::chrono::steady_clock::now();
  std::uint64_t say_left_out = 0;
  {
    const MutexLock lock(mutex_);
    if (now - period_start_ >= period_) {
      period_start_ = now;
      written_this_period_ = 0;
      say_left_out = std::exchange(left_out_, 0);
    }
    if (written_this_period_ >= limit_) {
      if (reports_left_out_) ++left_out_;
      return;
    }
    ++written_this_period_;
  }
  if (say_left_out > 0)
    log(level, fmt::format("… and {} more lines like these, left out", say_left_out),
        {{"left_out", static_cast<std::int64_t>(say_left_out)}});
  log(level, line, fields);
}

std::string printable(std::string_view bytes, std::size_t limit_bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    if (out.size() >= limit_bytes) {
      out += "…";
      break;
    }
    const std::size_t length = utf8_sequence_length(bytes, i);
    const std::string_view sequence = bytes.substr(i, std::max<std::size_t>(1, length));
    if (length == 0 || (length == 1 && is_control(code_point(sequence))))
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[i]));
    else if (is_control(code_point(sequence)))
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(code_point(sequence)));
    else
      out.append(sequence);
    i += sequence.size();
  }
  return out;
}

}  // namespace salestream::base
