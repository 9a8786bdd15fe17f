// SPDX-License-Identifier: Apache-2.0
// What this process takes of its machine, as /proc has it. Reads a few small files; any thread.
#pragma once

#include <cstdint>
#include <optional>

namespace salestream::web {

struct ProcessUsage {
  double cpu_seconds = 0;
  // Nothing: /proc does not say.
  std::optional<std::int64_t> resident_bytes, virtual_bytes, threads, open_files, most_open_files;
  std::optional<double> started_seconds;  // since 1970
};
ProcessUsage process_usage();

}  // namespace salestream::web
