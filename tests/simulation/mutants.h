// SPDX-License-Identifier: Apache-2.0
// For mutants: how soon, and how often, schedules end wrong under rules that leave something out.
#pragma once

#include <cstdint>
#include <string>

#include "world.h"

namespace salestream::simulation {

// The first schedule of so many that ends wrong, as text; empty when all end right. Only the end counts: that a wrong
// cell is written on the way is not looked at. With SALESTREAM_SIM_RATES=N, N schedules are run, and the share of those
// that end wrong is printed.
std::string first_caught(const std::string& mutant, const Rules& rules, std::uint64_t schedules);

}  // namespace salestream::simulation
