// SPDX-License-Identifier: Apache-2.0
#include "mutants.h"

#include <cstdio>
#include <cstdlib>

namespace salestream::simulation {

std::string first_caught(const std::string& mutant, const Rules& rules, std::uint64_t schedules) {
  const char* const rates = std::getenv("SALESTREAM_SIM_RATES");
  const bool wants_rates = rates != nullptr && *rates != '\0';
  if (wants_rates) schedules = std::strtoull(rates, nullptr, 10);
  std::uint64_t wrong = 0, run = 0;
  std::string first;
  while (run < schedules && (wants_rates || wrong == 0)) {
    const std::uint64_t seed = ++run;
    const Outcome outcome = run_schedule(seed, rules, {.checks_each_write = false});
    if (outcome.trouble.empty()) continue;
    if (++wrong == 1) first = "schedule " + std::to_string(seed) + ": " + outcome.trouble;
  }
  if (wants_rates)
    std::printf("%s: %llu of %llu schedules end wrong (%.2f %%)\n", mutant.c_str(),
                static_cast<unsigned long long>(wrong), static_cast<unsigned long long>(run),
                100.0 * static_cast<double>(wrong) / static_cast<double>(run));
  else
    std::printf("%s: %s\n", mutant.c_str(), first.empty() ? "not caught" : first.c_str());
  return first;
}

}  // namespace salestream::simulation
