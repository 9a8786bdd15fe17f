// SPDX-License-Identifier: Apache-2.0
// Linked with a program that leaves out one rule (a patch in mutants/): the simulation has to notice.
#include <gtest/gtest.h>

#include "base/logging.h"
#include "mutants.h"

namespace salestream::simulation {
namespace {

constexpr std::uint64_t kSchedules = 60'000;  // the rarest is seen in one of 5,000

TEST(Mutant, SALESTREAM_SIM_MUTANT) {
  base::set_log_sink([](auto, auto) {});
  EXPECT_NE(first_caught(SALESTREAM_SIM_MUTANT_TEXT, {}, kSchedules), "");
}

}  // namespace
}  // namespace salestream::simulation
