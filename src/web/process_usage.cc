// SPDX-License-Identifier: Apache-2.0
#include "web/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace salestream::web {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// When the machine was started, in seconds since 1970.
std::optional<double> boot_seconds() {
  std::ifstream stat("/proc/stat");
  for (std::string word; stat >> word;) {
    double seconds = 0;
    if (word == "btime" && stat >> seconds) return seconds;
  }
  return std::nullopt;
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  rusage resources{};
  if (getrusage(RUSAGE_SELF, &resources) == 0)
    usage.cpu_seconds = seconds_of(resources.ru_utime) + seconds_of(resources.ru_stime);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) usage.most_open_files = static_cast<std::int64_t>(files.rlim_cur);

  std::error_code failed;
  std::int64_t open = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end; at.increment(failed))
    ++open;
  if (!failed) usage.open_files = open - 1;  // without the one that looks

  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line) || line.rfind(')') == std::string::npos) return usage;
  // Its name stands in brackets and may have anything in it; what follows are fields from the third on, see proc(5).
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  const auto skip = [&](int count) {
    for (int i = 0; i < count; ++i) fields >> skipped;
  };
  std::int64_t threads = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;
  skip(17);  // fields 3 to 19
  fields >> threads >> skipped >> start_ticks >> virtual_bytes >> resident_pages;
  if (!fields) return usage;
  usage.threads = threads;
  usage.virtual_bytes = virtual_bytes;
  usage.resident_bytes = resident_pages * sysconf(_SC_PAGESIZE);
  if (const auto boot = boot_seconds())
    usage.started_seconds = *boot + static_cast<double>(start_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return usage;
}

}  // namespace salestream::web
