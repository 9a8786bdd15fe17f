// SPDX-License-Identifier: Apache-2.0
// How a command's result is printed: what --format chooses from.
#pragma once

#include <cstdint>

namespace salestream::cli {

enum class Format : std::uint8_t { kTable, kCsv, kJson };

}  // namespace salestream::cli
