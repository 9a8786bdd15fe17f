// SPDX-License-Identifier: Apache-2.0
// Whether a sample's prices count minor units, such as cents. Pure; any thread.
#pragma once

#include <string>

#include "sample/seen_fields.h"

namespace salestream::sample {

// What speaks for minor units, in words for people; empty: nothing does.
std::string minor_units_because(const SeenField& money);

}  // namespace salestream::sample
