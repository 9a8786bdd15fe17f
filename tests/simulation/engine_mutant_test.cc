// SPDX-License-Identifier: Apache-2.0
// Linked with an engine in which one line has been changed (see CMakeLists.txt): the simulation has to notice.
#include <gtest/gtest.h>

#include "base/logging.h"
#include "mutants.h"

namespace salestream::simulation {
namespace {

TEST(EngineMutant, SALESTREAM_SIM_MUTANT) {
  base::set_log_sink([](auto, auto) {});
  EXPECT_NE(first_caught(SALESTREAM_SIM_MUTANT_TEXT, {}, 20'000), "");
}

}  // namespace
}  // namespace salestream::simulation
