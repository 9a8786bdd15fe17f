// SPDX-License-Identifier: Apache-2.0
#include "source/options.h"

#include <sys/stat.h>

namespace salestream::source {

bool is_stream(const FileOptions& options) {
  if (options.path == "-") return true;
  struct stat facts {};
  const bool is_there = ::stat(options.path.c_str(), &facts) == 0;
  return is_there && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
}

bool has_end(const Options& options) {
  if (const auto* file = std::get_if<FileOptions>(&options)) return !is_stream(*file);
  const auto* generator = std::get_if<GeneratorOptions>(&options);
  return generator == nullptr || generator->orders_per_partition > 0;
}

std::string shown_path(const std::string& path) { return path == "-" ? "standard input" : path; }

}  // namespace salestream::source
