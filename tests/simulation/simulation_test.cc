// SPDX-License-Identifier: Apache-2.0
// The exactly-once protocol under a deterministic simulation: the real worker, cache, flush and Cassandra adapter, many
// instances of them, over a source and a cluster that go wrong in every way they can. A failure prints its seed;
//
//   simulation_test --seed N        (or SALESTREAM_SIM_SEED=N)
//
// runs that schedule alone, step by step the same, and tells what happens in it. SALESTREAM_SIM_SCHEDULES sets how many
// schedules are run, SALESTREAM_SIM_FIRST_SEED where they begin. What breaks when a rule is left out: mutants/.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdlib>
#include <optional>

#include "base/logging.h"
#include "same_process.h"
#include "world.h"

namespace salestream::simulation {
namespace {

std::optional<std::uint64_t> only_seed;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string told(std::uint64_t seed, const Outcome& outcome) {
  return "schedule " + std::to_string(seed) + ": " + outcome.trouble +
         "\n  again, telling what happens: simulation_test " + "--gtest_filter=Simulation.EndsInTheExactTruth --seed " +
         std::to_string(seed);
}

TEST(Simulation, EndsInTheExactTruth) {
  if (only_seed) {
    const Outcome outcome = run_schedule(*only_seed, {}, {.is_traced = true});
    EXPECT_EQ(outcome.trouble, "") << told(*only_seed, outcome);
    return;
  }
  const std::uint64_t first = setting("SALESTREAM_SIM_FIRST_SEED", 1);
  const std::uint64_t schedules = setting("SALESTREAM_SIM_SCHEDULES", SALESTREAM_SIM_DEFAULT_SCHEDULES);
  Stats all;
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + schedules && failures < 5; ++seed) {
    const Outcome outcome = run_schedule(seed, {}, {});
    all.add(outcome.happened);
    if (outcome.trouble.empty()) continue;
    ++failures;
    ADD_FAILURE() << told(seed, outcome);
  }
  std::printf("%" PRIu64 " schedules: %" PRId64 " steps, %" PRId64 " messages, %" PRId64 " row writes (%" PRId64
              " late to a replica, %" PRId64 " fenced), %" PRId64 " read repairs, %" PRId64
              " operations without a quorum, "
              "%" PRId64 " kills, %" PRId64 " freezes, %" PRId64 " rebalances, %" PRId64 " resets, %" PRId64
              " restarts, %" PRId64 " edits by hand, %" PRId64 " repairs\n",
              schedules, all.steps, all.messages, all.row_writes, all.late_writes, all.fenced_writes, all.read_repairs,
              all.failed_operations, all.crashes, all.freezes, all.rebalances, all.resets, all.restarts, all.edits,
              all.repairs);
  // A simulation in which nothing happens proves nothing.
  for (const std::int64_t count :
       {all.late_writes, all.fenced_writes, all.read_repairs, all.failed_operations, all.crashes, all.freezes,
        all.rebalances, all.resets, all.restarts, all.edits, all.repairs})
    EXPECT_GT(count, static_cast<std::int64_t>(schedules / 50));
}

TEST(Simulation, IsTheSameAgain) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Outcome once = run_schedule(seed, {}, {});
    const Outcome again = run_schedule(seed, {}, {});
    EXPECT_EQ(once.happened.steps, again.happened.steps) << seed;
    EXPECT_EQ(once.happened.row_writes, again.happened.row_writes) << seed;
    EXPECT_EQ(once.happened.fenced_writes, again.happened.fenced_writes) << seed;
  }
}

}  // namespace
}  // namespace salestream::simulation

int main(int argc, char** argv) {
  salestream::simulation::use_the_same_addresses(argv);
  testing::InitGoogleTest(&argc, argv);
  using salestream::simulation::only_seed;
  if (const char* const seed = std::getenv("SALESTREAM_SIM_SEED"); seed != nullptr && *seed != '\0')
    only_seed = std::strtoull(seed, nullptr, 10);
  if (argc == 3 && std::string_view(argv[1]) == "--seed") only_seed = std::strtoull(argv[2], nullptr, 10);
  salestream::base::set_log_sink([](auto, auto) {});  // the engine's own lines
  return RUN_ALL_TESTS();
}
