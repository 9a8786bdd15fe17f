// SPDX-License-Identifier: Apache-2.0
// Whether librdkafka knows a property and accepts a value for it, asked without a client. Any thread; never fails.
#pragma once

#include <cstdint>
#include <string>

namespace salestream::kafka {

enum class PropertyStatus : std::uint8_t { kGood, kUnknown, kBadValue };

PropertyStatus check_property(const std::string& name, const std::string& value);

// "librdkafka 2.0.2".
std::string library_version();

}  // namespace salestream::kafka
