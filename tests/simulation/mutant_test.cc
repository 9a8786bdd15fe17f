// SPDX-License-Identifier: Apache-2.0
// Linked with a program that leaves out one rule (a patch in mutants/), which gives its name: the simulation has to
// notice.
#include <gtest/gtest.h>

#include "base/logging.h"
#include "mutants.h"
#include "same_process.h"

extern const char* const simulation_mutant_name;

namespace salestream::simulation {
namespace {

constexpr std::uint64_t kSchedules = 60'000;  // the rarest is seen in one of 5,000

class Mutant : public testing::Test {
 public:
  void TestBody() override {
    base::set_log_sink([](auto, auto) {});
    EXPECT_NE(first_caught(simulation_mutant_name, {}, kSchedules), "");
  }
};

}  // namespace
}  // namespace salestream::simulation

int main(int argc, char** argv) {
  salestream::simulation::use_the_same_addresses(argv);
  testing::InitGoogleTest(&argc, argv);
  testing::RegisterTest("Mutant", simulation_mutant_name, nullptr, nullptr, __FILE__, __LINE__,
                        []() -> testing::Test* { return new salestream::simulation::Mutant; });
  return RUN_ALL_TESTS();
}
