// SPDX-License-Identifier: Apache-2.0
// Each rule of the protocol left out in turn: the simulation has to end wrong, or it would not show that the rule
// holds. These are Rules of the store; those of the program itself are patches, and programs of their own: mutants.cmake.
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

Rules rounds(std::vector<unsigned> steps) {
  Rules rules;
  rules.rounds = std::move(steps);
  return rules;
}

INSTANTIATE_TEST_SUITE_P(
    Protocol, Mutants,
    testing::Values(Mutant{"ProgressBeforeCells", rounds({kRejects | kProgress, kCells | kTotals})},
                    Mutant{"TotalsBeforeCells", rounds({kRejects | kTotals, kCells | kProgress})},
                    Mutant{"ProgressBeforeTotals", rounds({kRejects | kCells, kProgress, kTotals})},
                    Mutant{"RejectsAfterProgress", rounds({kCells | kTotals | kProgress, kRejects})},
                    Mutant{"SiblingsNotRead", {.reads_siblings = false}},
                    Mutant{"OwnCellsFromMemory", {.reads_own_cells_back = false}},
                    Mutant{"TimestampsFromTheClock", {.clock_timestamps = true}},
                    Mutant{"VersionOfNewestCell", {.versions_add_up = false}},
                    Mutant{"NoReadRepair", {.repairs_on_read = false}},
                    Mutant{"OneAcknowledgement", {.acknowledgements = 1}},
                    Mutant{"FormerGenerationsCount", {.ignores_former_generations = false}},
                    Mutant{"GenerationNotChecked", {.checks_generation = false}},
                    Mutant{"GenerationWithoutMargin", {.generation_has_margin = false}},
                    Mutant{"FormerRowsNotCleared", {.clears_former_rows = false}}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace salestream::simulation
