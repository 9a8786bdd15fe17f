// SPDX-License-Identifier: Apache-2.0
// The wall clock, as stores and messages keep it: since 1970, in UTC. It may jump, so it is for people and for time
// stamps; how long something takes is measured with std::chrono::steady_clock. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace salestream::base {

inline std::int64_t wall_clock_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

inline std::int64_t wall_clock_ms() { return wall_clock_us() / 1000; }

}  // namespace salestream::base
