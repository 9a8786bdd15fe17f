// SPDX-License-Identifier: Apache-2.0
// A schedule is the same again in another process only if the addresses are: the hash tables of absl take their seed
// from one, and so which cells are looked for in vain.
#pragma once

#include <sys/personality.h>
#include <unistd.h>

namespace salestream::simulation {

// Starts this program once more with the addresses that it has each time, and does not return then. Where that is not
// allowed, as in some containers, it goes on as it is.
inline void use_the_same_addresses(char** argv) {
  const int now = ::personality(0xffffffff);
  if (now < 0 || (now & ADDR_NO_RANDOMIZE) != 0) return;
  if (::personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) < 0) return;
  ::execv("/proc/self/exe", argv);
}

}  // namespace salestream::simulation
