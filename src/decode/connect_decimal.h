// SPDX-License-Identifier: Apache-2.0
// A number as Kafka Connect's logical type Decimal has it in JSON, and so Debezium's decimals: base64 (RFC 4648,
// section 4, padded) of the unscaled number, a big-endian two's complement integer
// (https://kafka.apache.org/35/javadoc/org/apache/kafka/connect/data/Decimal.html). Pure; any thread.
#pragma once

#include <string_view>

#include "core/decimal.h"

namespace salestream::decode {

// The unscaled number. kNotANumber: the text is no such base64; kTooLarge: beyond ±kMaxAmount.
core::ParsedNumber parse_connect_decimal(std::string_view text);

}  // namespace salestream::decode
