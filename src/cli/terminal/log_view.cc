// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/log_view.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

// The words and widths of base/logging.cc's lines, so that the log reads the same with and without a block below it.
const char* name_of(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::kDebug: return "debug  ";
    case base::LogLevel::kInfo: return "info   ";
    case base::LogLevel::kWarning: return "warning";
    case base::LogLevel::kError: return "error  ";
  }
  return "";
}

const char* color_of(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::kDebug: return "36";
    case base::LogLevel::kInfo: return "32";
    case base::LogLevel::kWarning: return "33;1";
    case base::LogLevel::kError: return "31;1";
  }
  return "0";
}

}  // namespace

void show_log_above(ScreenBlock& block) {
  const bool color = wants_color(STDERR_FILENO);
  base::set_log_sink([&block, color](base::LogLevel level, std::string_view line) {
    if (base::log_format() == base::LogFormat::kJson) {
      block.print_above(std::string(line) + '\n');
      return;
    }
    const time_t now = time(nullptr);
    tm local{};
    localtime_r(&now, &local);
    std::string text = fmt::format("{:02}:{:02}:{:02} ", local.tm_hour, local.tm_min, local.tm_sec);
    text +=
        color ? fmt::format("\x1b[{}m{}\x1b[0m ", color_of(level), name_of(level)) : fmt::format("{} ", name_of(level));
    // An error may have several lines; whatever else is in it must not steer the terminal.
    for (;;) {
      const std::size_t end = line.find('\n');
      text += for_terminal(line.substr(0, end)) + '\n';
      if (end == std::string_view::npos) break;
      line.remove_prefix(end + 1);
    }
    block.print_above(text);
  });
}

void say(std::string_view line, base::LogFields fields) {
  if (base::log_format() == base::LogFormat::kJson)
    base::log_info(line.substr(std::min(line.size(), line.find_first_not_of('\n'))), fields);
  else
    write_all(STDERR_FILENO, std::string(line) + '\n');
}

}  // namespace salestream::cli
