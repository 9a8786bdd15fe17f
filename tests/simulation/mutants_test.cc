// SPDX-License-Identifier: Apache-2.0
// Each rule of the protocol left out in turn: the simulation has to end wrong, or it would not show that the rule
// holds. These are Rules of the store; those of the program itself are patches, and programs of their own:
// mutants.cmake.
#include <gtest/gtest.h>

#include <ostream>

#include "base/logging.h"
#include "mutants.h"

namespace salestream::simulation {
namespace {

constexpr std::uint64_t kSchedules = 60'000;  // the rarest is seen in one of 5,000

struct Mutant {
  std::string name;
  Rules rules;
};

void PrintTo(const Mutant& mutant, std::ostream* out) { *out << mutant.name; }

class Mutants : public testing::TestWithParam<Mutant> {};

TEST_P(Mutants, AreCaught) {
  base::set_log_sink([](auto, auto) {});
  EXPECT_NE(first_caught(GetParam().name, GetParam().rules, kSchedules), "");
}

INSTANTIATE_TEST_SUITE_P(Cluster, Mutants,
                         testing::Values(Mutant{"NoReadRepair", {.repairs_on_read = false}},
                                         Mutant{"OneAcknowledgement", {.acknowledgements = 1}}),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace salestream::simulation
