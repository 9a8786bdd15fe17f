// SPDX-License-Identifier: Apache-2.0
// SALESTREAM_CHECK: for what only a mistake in this program can break, in every build. It ends the process at once:
// going on with a broken invariant could write a wrong total, and a crash is something the protocol survives.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace salestream::base {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "salestream: a mistake in this program, please report it: %s does not hold at %s:%d\n",
               condition, file, line);
  std::abort();
}

}  // namespace salestream::base

#define SALESTREAM_CHECK(condition)                                                                          \
  do {                                                                                                       \
    if (__builtin_expect(!(condition), 0)) ::salestream::base::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
